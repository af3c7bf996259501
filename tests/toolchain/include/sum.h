/* What two sources of an extension share; in a folder of its own, to be found with -I. */
#ifndef SUM_H
#define SUM_H

#ifndef OFFSET
#define OFFSET 0
#endif

long twice(long value);

#endif
