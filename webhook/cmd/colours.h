/* Terminal colours (ECMA-48 SGR). Print them only if command_colour() returns true. */
#pragma once

#define COLOUR_BOLD    "\033[1m"
#define COLOUR_DIM     "\033[2m"
#define COLOUR_RED     "\033[31m"
#define COLOUR_GREEN   "\033[32m"
#define COLOUR_YELLOW  "\033[33m"
#define COLOUR_BLUE    "\033[34m"
#define COLOUR_MAGENTA "\033[35m"
#define COLOUR_CYAN    "\033[36m"
#define COLOUR_END     "\033[0m"
