/*
 * Functions that overflow, hide errors or share hidden state: using one does not compile.
 * The build puts this file before every source file of ours.
 */
#ifndef LATCHKEY_BASE_BANNED_H
#define LATCHKEY_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* some are macros where the C library checks sizes at run time */
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets
#pragma GCC poison atoi atol atoll atof gmtime localtime ctime asctime srand
#pragma GCC poison tmpnam tempnam mktemp

#endif
