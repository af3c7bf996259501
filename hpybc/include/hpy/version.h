/* Versions of the API and of the binary interface this set of headers describes. */
#ifndef HPY_VERSION_H
#define HPY_VERSION_H

#define HPY_VERSION "0.9.0"

/* A binary with another major version cannot be loaded; a higher minor version only adds. */
#define HPY_ABI_VERSION 0
#define HPY_ABI_VERSION_MINOR 0
#define HPY_ABI_TAG "hpy0"

#endif
