"""A long job: draws a picture, line by line, and says how far it is."""

import os
import sys
import time

from cornelius import Cornelius

ROWS, COLUMNS, DEPTH = 24, 60, 60
SHADES = " .:-=+*#%@"

roots = Cornelius(os.environ["ROOTS_URL"], token=os.environ["ROOTS_TOKEN"])


def shade(c):
    """How long z*z + c takes to leave the neighbourhood, as a letter."""
    z = 0
    for step in range(DEPTH):
        z = z * z + c
        if abs(z) > 2:
            return SHADES[step * len(SHADES) // DEPTH]
    return SHADES[-1]


for row in range(ROWS):
    y = 1.2 - 2.4 * row / (ROWS - 1)
    print("".join(shade(complex(-2.2 + 3 * column / COLUMNS, y)) for column in range(COLUMNS)), flush=True)
    roots.update(os.environ["ROOTS_PATH"], {"percent": 100 * (row + 1) / ROWS, "text": f"line {row + 1} of {ROWS}"})
    time.sleep(float(sys.argv[1]))
