/* What goes through texts, where there is a C compiler: see compiled.py. Nothing here knows more of a language than how comments as in C and texts in quotes end. */

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

/* --- what is no code --------------------------------------------------------------------------------------------- */

Py_ssize_t end_of_match(PyObject *matcher, PyObject *end, PyObject *text, Py_ssize_t start)
{
    PyObject *number = PyLong_FromSsize_t(start), *arguments[] = {text, number};
    PyObject *match = number == NULL ? NULL : PyObject_Vectorcall(matcher, arguments, 2, NULL);
    Py_XDECREF(number);
    if (match == NULL)
        return -1;
    Py_ssize_t found = start;
    if (match != Py_None) {
        PyObject *given = PyObject_CallMethodNoArgs(match, end);
        found = given == NULL ? -1 : PyLong_AsSsize_t(given);
        Py_XDECREF(given);
    }
    Py_DECREF(match);
    if (!PyErr_Occurred() && (found < start || found > PyUnicode_GET_LENGTH(text)))
        PyErr_SetString(PyExc_ValueError, "a match must end behind its beginning, and in the text");
    return PyErr_Occurred() ? -1 : found;
}

/* Where a comment ends, or the text. */
static Py_ssize_t end_of_comment(const uint8_t *bytes, Py_ssize_t start, Py_ssize_t length)
{
    const int sign = bytes[start + 1] == '/' ? '\n' : '/';
    for (Py_ssize_t place = start + 2; place < length; place++) {
        const uint8_t *found = memchr(bytes + place, sign, (size_t)(length - place));
        if (found == NULL)
            break;
        place = found - bytes;
        if (sign == '\n')
            return place;
        if (place > start + 2 && bytes[place - 1] == '*')
            return place + 1;
    }
    return length;
}

/* Where a text in quotes ends: its line does, at the latest, but for what is escaped. */
static Py_ssize_t end_of_quoted(const uint8_t *bytes, Py_ssize_t start, Py_ssize_t length)
{
    Py_ssize_t place = start + 1;
    while (place < length && bytes[place] != bytes[start] && bytes[place] != '\n') {
        if (bytes[place] == '\\' && place + 1 == length)
            return place;
        place += bytes[place] == '\\' ? 2 : 1;
    }
    return place < length && bytes[place] == bytes[start] ? place + 1 : place;
}

/* Put blanks or quotes in the place of what is no code, and note in a list where it is asked what that is. */
static int cut_out_of(PyObject *text, PyObject *matcher, PyObject *end_name, uint8_t *plain, PyObject *asked)
{
    const uint8_t *bytes = PyUnicode_1BYTE_DATA(text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), start = 0, end;
    for (; start < length; start = end) {
        const uint8_t sign = bytes[start];
        if (sign != '/' && sign != '"' && sign != '\'' && sign != '`') {
            plain[start] = sign;
            end = start + 1;
            continue;
        }
        if (sign == '"' || sign == '\'')
            end = end_of_quoted(bytes, start, length);
        else if (sign == '/' && start + 1 < length && (bytes[start + 1] == '/' || bytes[start + 1] == '*'))
            end = end_of_comment(bytes, start, length);
        else {
            end = end_of_match(matcher, end_name, text, start);
            PyObject *range = end > start ? Py_BuildValue("(nn)", start, end) : NULL;
            int failed = range == NULL || PyList_Append(asked, range) < 0;
            Py_XDECREF(range);
            if (end == start)
                PyErr_SetString(PyExc_ValueError, "there must be a match");
            if (failed)
                return -1;
        }
        memset(plain + start, sign == '/' ? ' ' : '"', (size_t)(end - start));
    }
    return 0;
}

PyDoc_STRVAR(cut_out_doc, "cut_out(text, match)\n--\n\n"
"A text as long, with blanks for comments (as in C) and double quotes for what is in quotes; and some ranges, a list.\n\n"
"At a backquote, and at a slash that begins no comment, `match` says how much there is of what: these are the ranges,\n"
"with quotes or blanks in their place, too.\n"
"Errors: ValueError for characters above U+00FF, and if `match` finds nothing.");

static PyObject *cut_out(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *text, *matcher, *found = NULL;
    if (!PyArg_ParseTuple(arguments, "UO:cut_out", &text, &matcher))
        return NULL;
    if (PyUnicode_KIND(text) != PyUnicode_1BYTE_KIND) {
        PyErr_SetString(PyExc_ValueError, "there must be one byte a character");
        return NULL;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    uint8_t *plain = PyMem_Malloc((size_t)length + 1);
    if (plain == NULL)
        return PyErr_NoMemory();
    PyObject *asked = PyList_New(0), *end_name = PyUnicode_InternFromString("end");
    if (asked != NULL && end_name != NULL && cut_out_of(text, matcher, end_name, plain, asked) == 0)
        found = Py_BuildValue("(NO)", PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, plain, length), asked);
    Py_XDECREF(end_name);
    Py_XDECREF(asked);
    PyMem_Free(plain);
    return found;
}

/* --- the module -------------------------------------------------------------------------------------------------- */

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, add_scanner}, {0, NULL}};

static PyMethodDef functions[] = {
    {"find_words", find_words, METH_VARARGS, find_words_doc},
    {"end_of_brackets", end_of_brackets, METH_VARARGS, end_of_brackets_doc},
    {"cut_out", cut_out, METH_VARARGS, cut_out_doc},
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
