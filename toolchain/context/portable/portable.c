/* The universal context of exported extensions, which any host may load. */
#define PORTABLE
#include "../universal/structseq.c"
#include "../universal/universal.c"
