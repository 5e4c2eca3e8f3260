/* latchkey: access tokens for Label Studio and for any HTTP API. */
#include "cli/program.h"

#include <unistd.h>

int main(int argc, char **argv)
{
    return (int)program_run(argc, argv, environ);
}
