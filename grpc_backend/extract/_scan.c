/* What goes through texts, where there is a C compiler: see compiled.py. Nothing here knows a language. */

#include "_scan.h"

/* --- words that are sought ------------------------------------------------------------------------------------------ */

/* So many at a time: one bit each. */
#define MOST_SOUGHT 64

/* Note the place of a word in the list of the sought one that it is. */
static int note_place(PyObject *sought, PyObject *found, uint64_t candidates, const uint8_t *bytes, Py_ssize_t start,
                      Py_ssize_t length)
{
    for (Py_ssize_t index = 0; candidates; index++, candidates >>= 1) {
        PyObject *word = PyTuple_GET_ITEM(sought, index);
        if (!(candidates & 1) || PyUnicode_GET_LENGTH(word) != length
            || memcmp(PyUnicode_1BYTE_DATA(word), bytes + start, (size_t)length) != 0)
            continue;
        PyObject *place = PyLong_FromSsize_t(start);
        int failed = place == NULL || PyList_Append(PyList_GET_ITEM(found, index), place) < 0;
        Py_XDECREF(place);
        return failed ? -1 : 0;
    }
    return 0;
}

PyDoc_STRVAR(find_words_doc, "find_words(text, classes, sought)\n--\n\n"
"Where each of some words stands in a text, a list each; `classes` say what words consist of, as for a Scanner.\n\n"
"Errors: ValueError for characters above U+00FF, for classes that are not 256, for words that are empty or too many.");

static PyObject *find_words(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *text, *sought, *found = NULL;
    Py_buffer classes;
    uint64_t beginning[256] = {0}; /* the words that begin with a byte */
    if (!PyArg_ParseTuple(arguments, "Uy*O!:find_words", &text, &classes, &PyTuple_Type, &sought))
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(sought), length = PyUnicode_GET_LENGTH(text), start = 0;
    int is_right = classes.len == 256 && PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND && count <= MOST_SOUGHT;
    for (Py_ssize_t index = 0; is_right && index < count; index++) {
        PyObject *word = PyTuple_GET_ITEM(sought, index);
        is_right = PyUnicode_Check(word) && PyUnicode_KIND(word) == PyUnicode_1BYTE_KIND && PyUnicode_GET_LENGTH(word);
        if (is_right)
            beginning[PyUnicode_1BYTE_DATA(word)[0]] |= (uint64_t)1 << index;
    }
    if (!is_right)
        PyErr_SetString(PyExc_ValueError, "there must be one byte a character, 256 classes, and at most 64 words");
    else
        found = PyList_New(count);
    for (Py_ssize_t index = 0; found != NULL && index < count; index++) {
        PyObject *places = PyList_New(0);
        if (places == NULL)
            Py_CLEAR(found);
        else
            PyList_SET_ITEM(found, index, places);
    }
    const uint8_t *bytes = PyUnicode_1BYTE_DATA(text), *flags = classes.buf;
    while (found != NULL && start < length) {
        Py_ssize_t end = start;
        while (end < length && flags[bytes[end]] & IN_WORD)
            end++;
        if (end > start && note_place(sought, found, beginning[bytes[start]], bytes, start, end - start) < 0)
            Py_CLEAR(found);
        start = end + 1;
    }
    PyBuffer_Release(&classes);
    return found;
}

/* --- brackets and lines ------------------------------------------------------------------------------------------ */

PyDoc_STRVAR(end_of_brackets_doc, "end_of_brackets(text, start, limit, brackets, depth)\n--\n\n"
"Where what opens at `start` ends, before `limit`, if there are at most so many levels inside; else 0.\n\n"
"`brackets` are the two. Errors: ValueError for characters above U+00FF and for what is not in the text.");

static PyObject *end_of_brackets(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *text, *brackets;
    Py_ssize_t start, limit;
    int most, depth = 0;
    if (!PyArg_ParseTuple(arguments, "UnnUi:end_of_brackets", &text, &start, &limit, &brackets, &most))
        return NULL;
    if (PyUnicode_KIND(text) != PyUnicode_1BYTE_KIND || PyUnicode_KIND(brackets) != PyUnicode_1BYTE_KIND
        || PyUnicode_GET_LENGTH(brackets) != 2 || start < 0 || limit > PyUnicode_GET_LENGTH(text)) {
        PyErr_SetString(PyExc_ValueError, "there must be one byte a character, two brackets, and a range in the text");
        return NULL;
    }
    const uint8_t *bytes = PyUnicode_1BYTE_DATA(text), *signs = PyUnicode_1BYTE_DATA(brackets);
    for (Py_ssize_t place = start; place < limit; place++) {
        if (bytes[place] == signs[0] && ++depth > most + 1)
            break;
        if (bytes[place] == signs[1])
            depth--;
        if (depth <= 0)
            return PyLong_FromSsize_t(depth < 0 || place == start ? 0 : place + 1);
    }
    return PyLong_FromLong(0);
}

PyDoc_STRVAR(line_lengths_doc, "line_lengths(content)\n--\n\n"
"The lengths of a content's lines, their ends included. The last one has none, and is left out if it is empty.");

static PyObject *line_lengths(PyObject *Py_UNUSED(module), PyObject *content)
{
    char *bytes;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(content, &bytes, &length) < 0)
        return NULL;
    PyObject *lengths = PyList_New(0);
    for (Py_ssize_t start = 0, end; lengths != NULL && start < length; start = end) {
        const char *found = memchr(bytes + start, '\n', (size_t)(length - start));
        end = found == NULL ? length : found - bytes + 1;
        PyObject *number = PyLong_FromSsize_t(end - start);
        if (number == NULL || PyList_Append(lengths, number) < 0)
            Py_CLEAR(lengths);
        Py_XDECREF(number);
    }
    return lengths;
}

/* --- the module -------------------------------------------------------------------------------------------------- */

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, add_scanner}, {0, NULL}};

static PyMethodDef functions[] = {
    {"find_words", find_words, METH_VARARGS, find_words_doc},
    {"end_of_brackets", end_of_brackets, METH_VARARGS, end_of_brackets_doc},
    {"line_lengths", line_lengths, METH_O, line_lengths_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_scan",
    .m_methods = functions,
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__scan(void)
{
    return PyModuleDef_Init(&module_definition);
}
