/* The loop over the words of a text, where there is a C compiler: what `_run` in references.py does.

   It knows no language. A table says of each byte how it goes on (see words.py); where that is not enough, the
   language's own expression is asked where a gap ends. What a word or a gap says is asked of Python once, and found
   again by its bytes, without a string being made. What takes more than a look is handed to the Python object for which
   the text is read; that may have more of it read meanwhile (code in strings): nothing in a table is held over that. */

#include "_scan.h"
#include "_scan_tables.h"

/* Roles that are remembered by what is said of a word, as a power of two. */
#define ROLES_BITS 9
/* Odd, with its bits well mixed: what is multiplied by it is, too. */
#define MIXER 0x9E3779B97F4A7C15u

/* What is called of Python's objects, and read of them. */
enum { AFTER, BEFORE, DELTA, END, KEPT, KEYWORD, NAMES, OWN, TAKE_APART, ATTRIBUTES };
static const char *const attributes[ATTRIBUTES] = {"after",   "before", "delta", "end",       "kept",
                                                   "keyword", "names",  "own",   "take_apart"};

typedef struct {
    uint32_t signs; /* never 0: each word says something */
    int32_t role;
} Role;

typedef struct {
    PyObject_HEAD
    PyObject *match, *new_word, *new_gap, *role_of, *told, *attributes[ATTRIBUTES];
    uint8_t classes[256];
    Table words, gaps;
    Role roles[1 << ROLES_BITS];
    uint32_t *touched; /* numbers of words that have uses */
    size_t touched_count, touched_room;
    uint64_t seed, key;
    Py_ssize_t longest_gap;
    int statement, typed, called, imported, name, chain;
    int type_role, import_role, hidden, free, unsure, role_bits;
    int is_busy;
} Scanner;

/* One text that is read, and what is known by places in it. From `border` on, something else holds than that words have
   the role `fixed`; the next word whose role is known by its place stands at `place`. */
typedef struct {
    PyObject *scan, *uses, *text, *places, *role_at, *borders, *roles;
    Py_ssize_t next_place, next_border;
    long long offset, place, border;
    int fixed;
} Reading;

/* --- what is asked of Python ------------------------------------------------------------------------------------- */

/* An int that Python gave, which is let go; -1 with an error set where it is none. */
static long long number_of(PyObject *given)
{
    if (given == NULL)
        return -1;
    long long number = PyLong_AsLongLong(given);
    Py_DECREF(given);
    return number;
}

static int32_t attribute(const Scanner *self, PyObject *owner, int name)
{
    return PyErr_Occurred() ? -1 : (int32_t)number_of(PyObject_GetAttr(owner, self->attributes[name]));
}

/* Call a method with a word and three objects that are let go, NULL among them if one could not be made. */
static PyObject *call(PyObject *owner, PyObject *name, PyObject *word, PyObject *first, PyObject *second,
                      PyObject *third)
{
    PyObject *arguments[] = {owner, word, first, second, third}, *answer = NULL;
    if (first != NULL && second != NULL && third != NULL)
        answer = PyObject_VectorcallMethod(name, arguments, 5, NULL);
    Py_XDECREF(first);
    Py_XDECREF(second);
    Py_XDECREF(third);
    return answer;
}

static PyObject *string_of(Piece piece)
{
    return PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, piece.start, (Py_ssize_t)piece.length);
}

/* The object that is made of a text that is not known yet. */
static PyObject *ask(PyObject *maker, Piece piece)
{
    PyObject *text = string_of(piece);
    PyObject *made = text == NULL ? NULL : PyObject_CallOneArg(maker, text);
    Py_XDECREF(text);
    return made;
}

/* Whether `Word.names` gave what it should. */
static int are_names(PyObject *given)
{
    int are = PyTuple_Check(given) && PyTuple_GET_SIZE(given) % 3 == 0;
    for (Py_ssize_t item = 0; are && item < PyTuple_GET_SIZE(given); item++)
        are = item % 3 < 2 ? PyUnicode_Check(PyTuple_GET_ITEM(given, item)) : PyLong_Check(PyTuple_GET_ITEM(given, item));
    return are;
}

/* The number of a word's entry, or -1 with an error set. */
static Py_ssize_t look_up_word(Scanner *self, Piece piece)
{
    Py_ssize_t index = find(&self->words, piece);
    if (index >= 0)
        return index;
    Entry entry = {.word = ask(self->new_word, piece)};
    if (entry.word == NULL)
        return -1;
    entry.says = attribute(self, entry.word, OWN);
    entry.next = attribute(self, entry.word, BEFORE);
    entry.delta = attribute(self, entry.word, DELTA);
    entry.names = PyErr_Occurred() ? NULL : PyObject_CallMethodNoArgs(entry.word, self->attributes[NAMES]);
    if (entry.names != NULL && !are_names(entry.names))
        PyErr_SetString(PyExc_TypeError, "names() must return names, receivers and ints by turns, in a tuple");
    if (PyErr_Occurred()) {
        Py_DECREF(entry.word);
        Py_XDECREF(entry.names);
        return -1;
    }
    return add(&self->words, piece, entry);
}

/* What a gap says. It is remembered unless it is long: then it is seldom met again. */
static int look_up_gap(Scanner *self, Piece piece, Entry *entry)
{
    int is_short = (Py_ssize_t)piece.length <= self->longest_gap;
    Py_ssize_t index = is_short ? find(&self->gaps, piece) : -1;
    if (index >= 0) {
        *entry = self->gaps.entries[index];
        return 0;
    }
    memset(entry, 0, sizeof *entry);
    PyObject *gap = ask(self->new_gap, piece);
    if (gap == NULL)
        return -1;
    entry->says = attribute(self, gap, AFTER);
    entry->next = attribute(self, gap, BEFORE);
    entry->kept = attribute(self, gap, KEPT);
    Py_DECREF(gap);
    return PyErr_Occurred() || (is_short && add(&self->gaps, piece, *entry) < 0) ? -1 : 0;
}

/* The role of a word by what is said of it. */
static int role_of(Scanner *self, int signs, int *role)
{
    Role *known = &self->roles[(uint64_t)(unsigned)signs * MIXER >> (64 - ROLES_BITS)];
    if (known->signs != (uint32_t)signs) {
        int found = (int)number_of(PyObject_CallFunction(self->role_of, "i", signs));
        if (PyErr_Occurred())
            return -1;
        *known = (Role){(uint32_t)signs, found};
    }
    *role = known->role;
    return 0;
}

/* --- places ------------------------------------------------------------------------------------------------------ */

static long long number_at(PyObject *list, Py_ssize_t index)
{
    return index < PyList_GET_SIZE(list) ? PyLong_AsLongLong(PyList_GET_ITEM(list, index)) : LLONG_MAX;
}

/* The index of the first number that is at least `least`. */
static Py_ssize_t bisect(PyObject *list, long long least)
{
    Py_ssize_t low = 0, high = PyList_GET_SIZE(list);
    while (low < high) {
        Py_ssize_t middle = low + (high - low) / 2;
        if (number_at(list, middle) < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Change a word's role, and that of its names before the last, to what places say; the last one stands at `last`. */
static int look_at_places(Scanner *self, Reading *reading, long long start, long long last, int after, int *role,
                          int *earlier)
{
    while (start >= reading->border) {
        reading->fixed = (int)number_at(reading->roles, reading->next_border);
        reading->border = number_at(reading->borders, ++reading->next_border);
    }
    int fixed = reading->fixed;
    if (fixed != self->free && !(fixed == self->type_role && after & self->called)) {
        *role = fixed;
        if (fixed == self->import_role || fixed == self->hidden)
            *earlier = fixed;
    }
    while (last >= reading->place) {
        if (last == reading->place) {
            PyObject *place = PyList_GET_ITEM(reading->places, reading->next_place);
            PyObject *known = PyDict_GetItemWithError(reading->role_at, place);
            *role = known == NULL ? *role : (int)PyLong_AsLong(known);
        }
        reading->place = number_at(reading->places, ++reading->next_place);
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* --- the loop ---------------------------------------------------------------------------------------------------- */

/* Find the word that begins at `position` and the gap after it; at the end of the text that is a line's end. */
static int cut(Scanner *self, PyObject *text, Py_ssize_t position, Piece *word, Piece *gap)
{
    static const uint8_t line_end = '\n';
    const uint8_t *bytes = PyUnicode_1BYTE_DATA(text), *classes = self->classes;
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), start = position, end;
    uint64_t hash = self->seed, gap_hash;
    for (;; hash = (hash ^ bytes[start++]) * self->key) { /* what begins no gap is of the word after all */
        while (start < length && classes[bytes[start]] & IN_WORD)
            hash = (hash ^ bytes[start++]) * self->key;
        end = start;
        gap_hash = self->seed;
        if (start == length)
            break;
        if (classes[bytes[start]] & BEGINS_GAP)
            do
                gap_hash = (gap_hash ^ bytes[end++]) * self->key;
            while (end < length && classes[bytes[end]] & IN_GAP);
        if (end > start && (end == length || classes[bytes[end]] & ENDS_GAP))
            break;
        end = end_of_match(self->match, self->attributes[END], text, start);
        if (end < 0)
            return -1;
        gap_hash = self->seed;
        for (Py_ssize_t index = start; index < end && end - start <= self->longest_gap; index++)
            gap_hash = (gap_hash ^ bytes[index]) * self->key;
        if (end > start)
            break;
    }
    *word = (Piece){bytes + position, (size_t)(start - position), hash ^ hash >> 32};
    *gap = (Piece){bytes + start, (size_t)(end - start), gap_hash ^ gap_hash >> 32};
    if (start == length) {
        gap_hash = (gap_hash ^ line_end) * self->key;
        *gap = (Piece){&line_end, 1, gap_hash ^ gap_hash >> 32};
    }
    return 0;
}

/* What a dictionary has, or has from now on: lists, or dictionaries. Borrowed; NULL with an error set. */
static PyObject *value_of(PyObject *dictionary, PyObject *key, int is_list)
{
    PyObject *value = PyDict_GetItemWithError(dictionary, key);
    if (value == NULL && !PyErr_Occurred()) {
        value = is_list ? PyList_New(0) : PyDict_New();
        if (value != NULL && PyDict_SetItem(dictionary, key, value) < 0)
            Py_CLEAR(value);
        Py_XDECREF(value); /* the dictionary has it */
    }
    if (value != NULL && !(is_list ? PyList_Check(value) : PyDict_Check(value))) {
        PyErr_SetString(PyExc_TypeError, "uses must be lists by receiver by name");
        return NULL;
    }
    return value;
}

/* The lists of a word's names in this file. Borrowed; NULL with an error set. */
static PyObject *lists_of(Scanner *self, PyObject *uses, size_t index)
{
    Entry *word = &self->words.entries[index];
    if (word->uses != NULL)
        return word->uses;
    uint32_t *touched = with_room(self->touched, self->touched_count + 1, &self->touched_room, sizeof *touched);
    if (touched == NULL)
        return NULL;
    self->touched = touched;
    Py_ssize_t count = PyTuple_GET_SIZE(word->names) / 3;
    PyObject *lists = PyTuple_New(count);
    for (Py_ssize_t item = 0; lists != NULL && item < count; item++) {
        PyObject *by_receiver = value_of(uses, PyTuple_GET_ITEM(word->names, 3 * item), 0);
        PyObject *list = NULL;
        if (by_receiver != NULL)
            list = value_of(by_receiver, PyTuple_GET_ITEM(word->names, 3 * item + 1), 1);
        if (list == NULL)
            Py_CLEAR(lists);
        else
            PyTuple_SET_ITEM(lists, item, Py_NewRef(list));
    }
    if (lists != NULL)
        touched[self->touched_count++] = (uint32_t)index;
    return word->uses = lists;
}

/* Note a use of each of a word's names. Returns 0 if that takes more than a look, 1 if it is done, -1 for an error. */
static int note(Scanner *self, PyObject *uses, size_t index, long long start, int role)
{
    PyObject *lists = lists_of(self, uses, index), *names = self->words.entries[index].names;
    if (lists == NULL)
        return -1;
    Py_ssize_t last = PyTuple_GET_SIZE(lists) - 1;
    for (Py_ssize_t item = 0; item <= last; item++) {
        long long use = (start << self->role_bits) + PyLong_AsLongLong(PyTuple_GET_ITEM(names, 3 * item + 2));
        PyObject *number = PyLong_FromLongLong(item == last ? use + role : use);
        int failed = number == NULL || PyList_Append(PyTuple_GET_ITEM(lists, item), number) < 0;
        Py_XDECREF(number);
        if (failed)
            return -1;
    }
    return last >= 0;
}

/* Take in a name, or a chain of them, which stands at `start`. */
static int take(Scanner *self, Reading *reading, size_t index, int before, int after, int role, long long start)
{
    const Entry *word = &self->words.entries[index];
    int earlier = before & self->imported ? self->import_role : self->free, is_chain = word->says & self->chain;
    if (role == self->unsure)
        role = (int)number_of(PyObject_CallFunction(self->told, "i", is_chain | self->name | before | after));
    long long last = start + word->delta;
    if (reading->fixed != self->free || start >= reading->border || last >= reading->place)
        look_at_places(self, reading, start, last, after, &role, &earlier);
    if (PyErr_Occurred())
        return -1;
    int is_done = role < 0 && !is_chain;
    if (role >= 0 && !(is_chain && earlier != self->free))
        is_done = note(self, reading->uses, index, start, role);
    if (!is_done) {
        PyObject *done = call(reading->scan, self->attributes[TAKE_APART], self->words.entries[index].word,
                              PyLong_FromLongLong(start), PyLong_FromLong(role), PyLong_FromLong(earlier));
        Py_XDECREF(done);
        is_done = done == NULL ? -1 : 1;
    }
    return is_done < 0 ? -1 : 0;
}

/* What a word that may be a keyword says of the next one if it is one here; -1 if it is not, or with an error set. */
static int keyword(Scanner *self, PyObject *scan, PyObject *word, Piece between, int before, long long end)
{
    Py_INCREF(word);
    self->is_busy = 0;
    int said = (int)number_of(call(scan, self->attributes[KEYWORD], word, PyLong_FromLong(before), string_of(between),
                                   PyLong_FromLongLong(end)));
    self->is_busy = 1;
    Py_DECREF(word);
    return said;
}

static int read_words(Scanner *self, Reading *reading)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(reading->text), position = 0;
    int before = self->statement;
    for (;;) {
        Piece piece, between;
        Entry gap;
        if (cut(self, reading->text, position, &piece, &between) < 0 || look_up_gap(self, between, &gap) < 0)
            return -1;
        Py_ssize_t index = look_up_word(self, piece);
        if (index < 0)
            return -1;
        const Entry *word = &self->words.entries[index];
        long long start = reading->offset + position;
        int own = word->says, kept = word->next, role, said = -1;
        if (own) { /* no mere keyword */
            kept = gap.kept & before;
            if (kept == self->statement)
                kept = self->typed;
            if (role_of(self, own | before | gap.says, &role) < 0)
                return -1;
            if (!(own & self->name)) {
                said = keyword(self, reading->scan, word->word, between, before, start + (long long)piece.length);
                if (said < 0 && !PyErr_Occurred())
                    index = look_up_word(self, piece); /* the table may be another one now */
            }
            if (said >= 0)
                kept = said;
            else if (PyErr_Occurred() || index < 0
                     || take(self, reading, (size_t)index, before, gap.says, role, start) < 0)
                return -1;
        }
        before = gap.next | kept;
        position += (Py_ssize_t)piece.length;
        if (position >= length)
            return 0;
        position += (Py_ssize_t)between.length;
    }
}

/* --- the type ---------------------------------------------------------------------------------------------------- */

PyDoc_STRVAR(run_doc, "run(scan, uses, text, offset, places, role_at, borders, roles)\n--\n\n"
"Take in the words of a text that stands at `offset`: add to `uses`, and tell `scan` what takes more.\n\n"
"`places` are the offsets of `role_at`, in order; from each of `borders` on, words have the role that is beside it.\n"
"Errors: ValueError for characters above U+00FF, RuntimeError if this is called by what a language's rules do.");

static PyObject *run(Scanner *self, PyObject *arguments)
{
    Reading reading;
    if (!PyArg_ParseTuple(arguments, "OO!ULO!O!O!O!:run", &reading.scan, &PyDict_Type, &reading.uses, &reading.text,
                          &reading.offset, &PyList_Type, &reading.places, &PyDict_Type, &reading.role_at, &PyList_Type,
                          &reading.borders, &PyList_Type, &reading.roles))
        return NULL;
    if (PyUnicode_KIND(reading.text) != PyUnicode_1BYTE_KIND) {
        PyErr_SetString(PyExc_ValueError, "the text must have one byte a character");
        return NULL;
    }
    if (self->is_busy) {
        PyErr_SetString(PyExc_RuntimeError, "the scanner is at work");
        return NULL;
    }
    reading.next_place = bisect(reading.places, reading.offset);
    reading.place = number_at(reading.places, reading.next_place);
    reading.next_border = bisect(reading.borders, reading.offset + 1);
    reading.border = number_at(reading.borders, reading.next_border);
    reading.fixed = reading.next_border ? (int)number_at(reading.roles, reading.next_border - 1) : self->free;
    self->is_busy = 1;
    int failed = PyErr_Occurred() || read_words(self, &reading) < 0;
    self->is_busy = 0;
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(forget_doc, "forget()\n--\n\nLet go of the uses of the file at hand.");

static PyObject *forget(Scanner *self, PyObject *Py_UNUSED(nothing))
{
    size_t count = self->touched_count;
    self->touched_count = 0;
    for (size_t place = 0; place < count; place++)
        if (self->touched[place] < self->words.count) /* else it was let go when the table began anew */
            Py_CLEAR(self->words.entries[self->touched[place]].uses);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(scanner_doc, "Scanner(match, classes, asked, signs, roles, limits)\n--\n\n"
"Reads texts of one language, whose splitter has `match` and `classes`.\n\n"
"`asked` are what makes a Word, a Gap, a role, and a role for certain; `signs` STATEMENT, TYPED, CALLED, IMPORTED,\n"
"NAME and CHAIN; `roles` those for types and imports, HIDDEN, FREE and UNSURE, and how many bits one takes; `limits`\n"
"how many words and gaps are remembered, and the longest of these.\n"
"Errors: TypeError, ValueError for what is none of it.");

static PyObject *scanner_new(PyTypeObject *type, PyObject *arguments, PyObject *Py_UNUSED(named))
{
    Scanner given = {0}, *self = NULL;
    Py_buffer classes;
    Py_ssize_t most_words, most_gaps;
    if (!PyArg_ParseTuple(arguments, "Oy*(OOOO)(iiiiii)(iiiiii)(nnn):Scanner", &given.match, &classes, &given.new_word,
                          &given.new_gap, &given.role_of, &given.told, &given.statement, &given.typed, &given.called,
                          &given.imported, &given.name, &given.chain, &given.type_role, &given.import_role,
                          &given.hidden, &given.free, &given.unsure, &given.role_bits, &most_words, &most_gaps,
                          &given.longest_gap))
        return NULL;
    PyObject *some_text = PyUnicode_FromString("scanner");
    if (classes.len != sizeof given.classes)
        PyErr_SetString(PyExc_ValueError, "there must be a class for each of 256 characters");
    else if (most_words < 1 || most_gaps < 1 || most_words > INT32_MAX || most_gaps > INT32_MAX)
        PyErr_SetString(PyExc_ValueError, "there must be room for words and gaps, and less than for 2**31");
    else if (some_text != NULL)
        self = (Scanner *)type->tp_alloc(type, 0);
    if (self != NULL) {
        given.ob_base = self->ob_base;
        memcpy(given.classes, classes.buf, sizeof given.classes);
        given.words.most = (size_t)most_words;
        given.gaps.most = (size_t)most_gaps;
        given.seed = (uint64_t)PyObject_Hash(some_text); /* nobody can foresee it, and make texts with equal hashes */
        given.key = given.seed * MIXER | 1;
        *self = given;
        Py_INCREF(self->match);
        Py_INCREF(self->new_word);
        Py_INCREF(self->new_gap);
        Py_INCREF(self->role_of);
        Py_INCREF(self->told);
        for (int name = 0; name < ATTRIBUTES; name++)
            if ((self->attributes[name] = PyUnicode_InternFromString(attributes[name])) == NULL) {
                Py_CLEAR(self);
                break;
            }
    }
    Py_XDECREF(some_text);
    PyBuffer_Release(&classes);
    return (PyObject *)self;
}

static void scanner_dealloc(Scanner *self)
{
    PyTypeObject *type = Py_TYPE(self);
    free_table(&self->words);
    free_table(&self->gaps);
    PyMem_Free(self->touched);
    Py_DECREF(self->match);
    Py_DECREF(self->new_word);
    Py_DECREF(self->new_gap);
    Py_DECREF(self->role_of);
    Py_DECREF(self->told);
    for (int name = 0; name < ATTRIBUTES; name++)
        Py_XDECREF(self->attributes[name]);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef scanner_methods[] = {
    {"run", (PyCFunction)run, METH_VARARGS, run_doc},
    {"forget", (PyCFunction)forget, METH_NOARGS, forget_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot scanner_slots[] = {
    {Py_tp_doc, (void *)scanner_doc},
    {Py_tp_new, scanner_new},
    {Py_tp_dealloc, scanner_dealloc},
    {Py_tp_methods, scanner_methods},
    {0, NULL},
};

static PyType_Spec scanner_spec = {
    .name = "grpc_backend.extract._scan.Scanner",
    .basicsize = sizeof(Scanner),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = scanner_slots,
};

int add_scanner(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &scanner_spec, NULL);
    int failed = type == NULL || PyModule_AddType(module, (PyTypeObject *)type) < 0;
    Py_XDECREF(type);
    return failed ? -1 : 0;
}
