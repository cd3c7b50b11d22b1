"""Published capture tables, as facts with their sources, for the tests of the kernels."""

import numpy as np
import pytest

# Patterns, first digit = first list. Sources: Kosovo, Ball et al. (2002), AAAS; Korea, Ned, UK, New Orleans, Western:
# Silverman, Chan and Vincent (2024), Statistics and Computing 34:44, and the works cited there; HIV, Abeni et al.
# (1994); Lesbian, Aaron et al. (2003); spina bifida, Hook, Albright and Cross (1980); five and three lists of
# Madigan and York (1997), Biometrika 84:19; Artificial_3, Chan, Silverman and Vincent (2021), JASA 116:1297.
TABLES = {
    "kosovo": "1000 1131, 0100 845, 0010 936, 0001 306, 1100 177, 1010 228, 1001 106, 0110 217, 0101 31, 0011 123, "
    "1110 181, 1101 18, 1011 42, 0111 32, 1111 27",
    "korea": "001 41, 010 5, 100 5, 110 54, 101 6, 111 12",
    "artificial": "100 40, 010 30, 001 20, 110 6",
    "uk5": "10000 54, 01000 463, 00100 995, 00010 695, 00001 316, 11000 15, 10100 19, 10010 3, 01100 62, 01010 19, "
    "01001 1, 00110 76, 00101 11, 00011 8, 11100 1, 11010 1, 01110 4, 11110 1",
    "ned5": "10000 756, 01000 1299, 00100 4466, 00010 650, 00001 632, 11000 1, 10100 81, 10010 5, 10001 73, 01100 44, "
    "01001 4, 00110 82, 00101 125, 00011 2, 10110 2, 10101 11, 00111 1",
    "neworl5": "10000 25, 01000 24, 00100 70, 00010 33, 00001 21, 11000 1, 10100 1, 10010 2, 01100 2, 01010 2, "
    "01001 1, 00110 2, 11100 1, 11010 1",
    "western": "10000 52, 01000 90, 00100 114, 00010 45, 00001 21, 10100 4, 10010 2, 10001 5, 01100 6, 01010 1, "
    "00011 3, 10101 1, 01110 1",
    "hiv": "1110 3, 1101 1, 1100 33, 1010 20, 1001 6, 1000 403, 0111 3, 0110 35, 0101 10, 0100 545, 0011 11, "
    "0010 621, 0001 205",
    "lesbian": "1111 23, 1110 27, 1101 48, 1100 104, 1011 19, 1010 44, 1001 143, 1000 589, 0111 20, 0110 64, 0101 53, "
    "0100 534, 0011 28, 0010 281, 0001 208",
    "spina": "010 48, 100 244, 110 142, 001 60, 011 4, 101 111, 111 12",
    "my3": "100 60, 010 49, 110 4, 001 247, 101 112, 011 142, 111 12",
    "my5": "10000 27, 01000 37, 11000 19, 00100 4, 10100 4, 01100 1, 11100 1, 00010 97, 10010 22, 01010 37, "
    "11010 25, 00110 2, 10110 1, 01110 3, 11110 5, 00001 83, 10001 36, 01001 34, 11001 18, 00101 3, 10101 "
    "5, 11101 2, 00011 30, 10011 5, 01011 23, 11011 8, 10111 3, 11111 2",
}


def read_counts(text):
    """Return counts in CaptureTable order from "pattern count, …"."""
    cells = [part.split() for part in text.split(",")]
    counts = np.zeros(2 ** len(cells[0][0]) - 1, dtype=np.int64)
    for pattern, count in cells:
        counts[int(pattern, 2) - 1] = int(count)
    return counts


@pytest.fixture(scope="session")
def published():
    """Return a function name → counts of a published table."""
    return lambda name: read_counts(TABLES[name])
