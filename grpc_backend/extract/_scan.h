/* What _scan.c and _scan_words.c share. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

/* What the table says of a byte. */
enum { IN_WORD = 1, IN_GAP = 2, BEGINS_GAP = 4, ENDS_GAP = 8 };

/* Adds the type Scanner. Returns -1 with an error set. */
int add_scanner(PyObject *module);

/* Where a match ends that a pattern's method `matcher` finds at `start`, or `start` if it finds none; -1 with an error
   set. `end` is the name of the match's method. */
Py_ssize_t end_of_match(PyObject *matcher, PyObject *end, PyObject *text, Py_ssize_t start);
