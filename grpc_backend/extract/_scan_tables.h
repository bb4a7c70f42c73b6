/* Texts that are known, found again by their bytes, for _scan_words.c. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

/* So many bytes of texts are kept before a table begins anew. */
#define KEPT_BYTES ((size_t)64 << 20)
/* A piece of a text. */
typedef struct {
    const uint8_t *start;
    size_t length;
    uint64_t hash;
} Piece;

/* A word or a gap that is known. `says` is what it says by itself: of a word its own signs, of a gap those for the word
   before it. `next` are those for the word after it, `kept` those of a gap that go on to the next word. The last name of
   a word begins at `delta`. Its `names` are three items each (see `Word.names`), `uses` the list of each in the file at
   hand. */
typedef struct {
    uint64_t hash;
    size_t text, length;
    long long delta;
    PyObject *word, *names, *uses;
    int32_t says, next, kept;
} Entry;

/* Entries in the order in which they came, found through `slots`: an entry's number and one, 0 for none. */
typedef struct {
    Entry *entries;
    uint32_t *slots;
    uint8_t *texts;
    size_t count, room, mask, used, texts_room, most;
} Table;

static void clear_table(Table *table)
{
    size_t count = table->count;
    table->count = table->used = 0;
    if (table->slots != NULL)
        memset(table->slots, 0, (table->mask + 1) * sizeof *table->slots);
    for (size_t index = 0; index < count; index++) {
        Py_CLEAR(table->entries[index].word);
        Py_CLEAR(table->entries[index].names);
        Py_CLEAR(table->entries[index].uses);
    }
}

static void free_table(Table *table)
{
    clear_table(table);
    PyMem_Free(table->entries);
    PyMem_Free(table->slots);
    PyMem_Free(table->texts);
}

/* Give an array more room where it is full, so that its cost stays in proportion. Returns NULL with an error set. */
static void *with_room(void *array, size_t needed, size_t *room, size_t item)
{
    if (needed <= *room)
        return array;
    size_t more = needed > 512 ? needed * 2 : 1024;
    void *grown = PyMem_Realloc(array, more * item);
    if (grown == NULL)
        PyErr_NoMemory();
    else
        *room = more;
    return grown;
}

static void put_in_slot(Table *table, size_t index)
{
    size_t slot = table->entries[index].hash & table->mask;
    while (table->slots[slot])
        slot = (slot + 1) & table->mask;
    table->slots[slot] = (uint32_t)index + 1;
}

/* Twice as many slots as there is room for entries, which are found through them. */
static int make_slots(Table *table)
{
    size_t mask = 1;
    while (mask < table->room * 2)
        mask *= 2;
    uint32_t *slots = PyMem_Calloc(mask, sizeof *slots);
    if (slots == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyMem_Free(table->slots);
    table->slots = slots;
    table->mask = mask - 1;
    for (size_t index = 0; index < table->count; index++)
        put_in_slot(table, index);
    return 0;
}

/* The number of a text's entry, or -1. */
static Py_ssize_t find(const Table *table, Piece piece)
{
    for (size_t slot = piece.hash & table->mask; table->count; slot = (slot + 1) & table->mask) {
        uint32_t number = table->slots[slot];
        if (!number)
            break;
        const Entry *entry = &table->entries[number - 1];
        if (entry->hash == piece.hash && entry->length == piece.length
            && memcmp(table->texts + entry->text, piece.start, piece.length) == 0)
            return (Py_ssize_t)number - 1;
    }
    return -1;
}

/* Note an entry for a text; return its number, or -1 with an error set. Its references are taken over. */
static Py_ssize_t add(Table *table, Piece piece, Entry entry)
{
    if (table->count >= table->most || table->used + piece.length > KEPT_BYTES)
        clear_table(table);
    uint8_t *texts = with_room(table->texts, table->used + piece.length + 1, &table->texts_room, 1);
    table->texts = texts == NULL ? table->texts : texts;
    Entry *entries = texts == NULL ? NULL : with_room(table->entries, table->count + 1, &table->room, sizeof entry);
    table->entries = entries == NULL ? table->entries : entries;
    /* Also where an earlier call had room for entries, and none for their slots. */
    int has_slots = table->slots != NULL && table->mask + 1 >= table->room * 2;
    if (entries == NULL || (!has_slots && make_slots(table) < 0)) {
        Py_XDECREF(entry.word);
        Py_XDECREF(entry.names);
        return -1;
    }
    entry.hash = piece.hash;
    entry.text = table->used;
    entry.length = piece.length;
    memcpy(table->texts + table->used, piece.start, piece.length);
    table->used += piece.length;
    table->entries[table->count] = entry;
    put_in_slot(table, table->count);
    return (Py_ssize_t)table->count++;
}
