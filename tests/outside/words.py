"""How answers are compared. Written from the specification alone, with Python's own tables."""

import re
import unicodedata

ENDS = (
    "FULL STOP", "QUESTION MARK", "EXCLAMATION", "COMMA", "COLON", "SEMICOLON", "DANDA", "ELLIPSIS",
    "INTERROBANG", "SENTENCE",
)


def norm(text):
    text = unicodedata.normalize("NFKC", text).replace("ı", "i").casefold().replace("i\u0307", "i")
    text = "".join(plain(c) for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())
    text = re.sub(r"\s*-\s*|\s+(?=[,;:!?])", lambda m: m[0].strip(), " ".join(text.split()))
    text = re.sub(r"(?<=\w)--+(?=[^\W\d])", "-", text)
    while True:
        stripped = text.strip()
        while stripped and encloses(stripped[0]):
            stripped = stripped[1:]
        while stripped and encloses(stripped[-1]):
            stripped = stripped[:-1]
        while stripped and any(end in unicodedata.name(stripped[-1], "") for end in ENDS):
            stripped = stripped[:-1]
        if stripped == text:
            return text
        text = stripped


def plain(c):
    name = unicodedata.name(c, "")
    if "DOUBLE" in name and "QUOTATION" in name or c == '"':
        return '"'
    if "APOSTROPHE" in name or "QUOTATION" in name:
        return "'"
    return "-" if unicodedata.category(c) == "Pd" or c == "−" else c


def encloses(c):
    return c in "*_`'\"" or unicodedata.category(c) in ("Ps", "Pe", "Pi", "Pf")


def without_marks(text):
    """The text behind an id, a number or a sign in front of it."""
    mark = r"^\W*?(?:[•‣▪●-]\s+|(?:option\s+)?[o#(]*\d{1,2}\s*[]:.)–—-]+\s*|\(?[a-z]\)\s*)(?=\S)"
    return re.sub(mark, "", text, flags=re.I)


def names(words, option, text):
    """Whether words name an option: its id or its text, as whole words."""
    words, text = norm(words), norm(text)
    if words in (text, option.lower()) or norm(without_marks(words)) == text:
        return True
    if len(text) == 1:
        text = f"option {text}"
    return any(re.search(rf"(?<!\w){re.escape(w)}(?!\w)", words) for w in (text, option.lower()))


def answers_stated(statement):
    """What each answer line of a statement states."""
    mark = r"(?:[:：=→]|\s[-–—]+\s|[–—])"
    label = r"(?:(?:my )?(?:final )?answer(?: is)?|the (?:final )?answer is|antwort|réponse|respuesta|答案)"
    found = (re.match(rf"\W*{label}[\s*]*{mark}(.*)", line, re.I) for line in statement.splitlines())
    return [match[1] for match in found if match and match[1].strip()]


def answer_and_first_sentence(statement):
    first = next((line for line in statement.splitlines() if line.strip()), "")
    first = re.split(r"(?<=[.!?])\s|(?<=[。！？؟।])", first.strip())[:1]
    return answers_stated(statement)[-1:] + first


def sentences(statement):
    """The sentences of a statement, more or less."""
    parts = (re.split(r"(?<=[.!?])\s+|(?<=[。！？؟।])", line.strip()) for line in statement.splitlines())
    return [sentence for line in parts for sentence in line if sentence]


def is_order(sentence):
    """Whether a sentence is one of a prompt's, said to its reader."""
    return bool(re.match(r"\W*you are speaker [a-p]\b|.*\bat most \d+ words\b", sentence, re.I))
