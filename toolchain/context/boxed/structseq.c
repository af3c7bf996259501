/* Struct sequences, in terms of the API. */
#include "../universal/structseq.c"
