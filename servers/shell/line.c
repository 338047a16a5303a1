/* The line editor: bytes of a terminal in, what to draw out. Keys as in any shell: see `help`. */
#include "shell.h"

#define CONTROL(letter) ((letter) & 0x1f)
#define ESCAPE 0x1b
#define DELETE 0x7f

enum { ESCAPE_NONE, ESCAPE_STARTED, ESCAPE_SEQUENCE };

void line_begin(struct line *line)
{
    line->length = line->cursor = 0;
    line->text[0] = 0;
    line->escape = ESCAPE_NONE;
    line->back = 0;
    line->draw(line->prompt);
}

/* Draw the whole line again and put the cursor where it belongs. */
static void redraw(const struct line *line)
{
    char move[16];

    line->draw("\r");
    line->draw(line->prompt);
    line->draw(line->text);
    line->draw("\033[K");
    if (line->cursor < line->length) {
        format(move, sizeof(move), "\033[%luD", line->length - line->cursor);
        line->draw(move);
    }
}

static void insert(struct line *line, char byte)
{
    char text[2] = { byte, 0 };

    if (line->length == LINE_BYTES - 1) {
        line->draw("\a");
        return;
    }
    memmove(&line->text[line->cursor + 1], &line->text[line->cursor], line->length - line->cursor + 1);
    line->text[line->cursor++] = byte;
    line->length++;
    if (line->cursor == line->length)
        line->draw(text);
    else
        redraw(line);
}

/* Take out the bytes from `first` up to `end`; the cursor goes to `first`. */
static void cut(struct line *line, size_t first, size_t end)
{
    if (first == end)
        return;
    memmove(&line->text[first], &line->text[end], line->length - end + 1);
    line->length -= end - first;
    line->cursor = first;
    redraw(line);
}

static void move(struct line *line, size_t cursor)
{
    if (cursor > line->length || cursor == line->cursor)
        return;
    line->cursor = cursor;
    redraw(line);
}

/* Show the line that many back in history; what was being written comes back at 0. */
static void show(struct line *line, unsigned back)
{
    const char *text = back ? history_get(back) : line->saved;

    if (!text)
        return;
    if (!line->back)
        text_copy(line->saved, LINE_BYTES, line->text);
    line->back = back;
    text_copy(line->text, LINE_BYTES, text);
    line->length = line->cursor = strlen(line->text);
    redraw(line);
}

static size_t word_start(const struct line *line)
{
    size_t at = line->cursor;

    while (at && line->text[at - 1] == ' ')
        at--;
    while (at && line->text[at - 1] != ' ')
        at--;
    return at;
}

/* The last byte of an escape sequence: a cursor key, or with `~` a key by its number. */
static void escape_key(struct line *line, char byte)
{
    unsigned number = line->parameter;

    if (byte == 'A')
        show(line, line->back + 1);
    else if (byte == 'B' && line->back)
        show(line, line->back - 1);
    else if (byte == 'C')
        move(line, line->cursor + 1);
    else if (byte == 'D' && line->cursor)
        move(line, line->cursor - 1);
    else if (byte == 'H' || (byte == '~' && (number == 1 || number == 7)))
        move(line, 0);
    else if (byte == 'F' || (byte == '~' && (number == 4 || number == 8)))
        move(line, line->length);
    else if (byte == '~' && number == 3 && line->cursor < line->length)
        cut(line, line->cursor, line->cursor + 1);
}

static void escape_feed(struct line *line, char byte)
{
    if (line->escape == ESCAPE_STARTED) {
        line->escape = byte == '[' || byte == 'O' ? ESCAPE_SEQUENCE : ESCAPE_NONE;
        line->parameter = 0;
    } else if (byte >= '0' && byte <= '9') {
        line->parameter = (line->parameter * 10 + (unsigned)(byte - '0')) % 1000;
    } else if (byte >= '@') {
        line->escape = ESCAPE_NONE;
        escape_key(line, byte);
    }
}

static void edit_key(struct line *line, char byte)
{
    switch (byte) {
    case CONTROL('A'):
        move(line, 0);
        break;
    case CONTROL('B'):
        if (line->cursor)
            move(line, line->cursor - 1);
        break;
    case CONTROL('E'):
        move(line, line->length);
        break;
    case CONTROL('F'):
        move(line, line->cursor + 1);
        break;
    case CONTROL('K'):
        cut(line, line->cursor, line->length);
        break;
    case CONTROL('L'):
        line->draw("\033[H\033[2J");
        redraw(line);
        break;
    case CONTROL('N'):
        escape_key(line, 'B');
        break;
    case CONTROL('P'):
        escape_key(line, 'A');
        break;
    case CONTROL('U'):
        cut(line, 0, line->cursor);
        break;
    case CONTROL('W'):
        cut(line, word_start(line), line->cursor);
        break;
    case CONTROL('H'):
    case DELETE:
        if (line->cursor)
            cut(line, line->cursor - 1, line->cursor);
        break;
    case CONTROL('D'):
        if (line->cursor < line->length)
            cut(line, line->cursor, line->cursor + 1);
        break;
    default:
        if ((unsigned char)byte >= ' ')
            insert(line, byte);
    }
}

enum line_end line_feed(struct line *line, char byte)
{
    bool after_return = line->returned;

    line->returned = byte == '\r';
    if (line->escape) {
        escape_feed(line, byte);
        return LINE_OPEN;
    }
    if (byte == ESCAPE) {
        line->escape = ESCAPE_STARTED;
        return LINE_OPEN;
    }
    if (byte == '\n' && after_return)
        return LINE_OPEN;
    if (byte == '\n' || byte == '\r') {
        line->draw("\n");
        return LINE_DONE;
    }
    if (byte == CONTROL('C')) {
        line->draw("^C\n");
        return LINE_INTERRUPTED;
    }
    if (byte == CONTROL('D') && !line->length) {
        line->draw("\n");
        return LINE_CLOSED;
    }
    edit_key(line, byte);
    return LINE_OPEN;
}
