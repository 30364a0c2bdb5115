"""Comparison of answers. Written from the specification alone, with Python's Unicode tables."""

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
    """The text without an id, number or list mark in front."""
    mark = r"^\W*?(?:[•‣▪●-]\s+|(?:option\s+)?[o#(]*\d{1,2}\s*[]:.)–—-]+\s*|\(?[a-z]\)\s*)(?=\S)"
    return re.sub(mark, "", text, flags=re.I)


def holds(text, words):
    """Whether a text contains another as whole words; in scripts without spaces, anywhere."""
    for found in re.finditer(re.escape(words), text) if words else ():
        before, behind = text[: found.start()][-1:], text[found.end() :][:1]
        if parted(before, words[0]) and parted(behind, words[-1]):
            return True
    return False


def parted(outside, inside):
    joined = lambda c: c.isalnum() and not re.match(r"[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff]", c)
    return not outside or not (joined(outside) and joined(inside))


def designations(option):
    """The names of an option by its id or position."""
    number = int(option[1:])
    ordinal = ("first", "second", "third", "fourth", "fifth", "sixth")[number - 1]
    return [f"o{number}", f"o {number}", f"option {number}", f"{ordinal} option"]


def names(words, option, text):
    """Whether words name an option by its id, position or text, as whole words."""
    words, text = norm(words), norm(text)
    if words in (text, option.lower()) or norm(without_marks(words)) == text:
        return True
    if len(text) == 1:
        text = f"option {text}"
    return any(holds(words, name) for name in (text, *designations(option)))


AGAINST = """against not never reject rejects oppose opposes don't cannot can't doubt disagree gegen nicht kein
lehne contre contra 反对 不 против""".split() + ["instead of"]


def speaks_against(sentence, option, text):
    """Whether a word of rejection precedes an option of several words, or its id or position."""
    sentence, text = norm(sentence), norm(text)
    called = designations(option) + ([text] if re.search(r"[\W_]", text) else [])
    before = [sentence.split(name, 1)[0] for name in called if name in sentence]
    return any(holds(part, word) for part in before for word in AGAINST)


def answers_stated(statement):
    """The answers of the answer lines of a statement."""
    mark = r"(?:[:：=→]|\s[-–—]+\s|[–—])"
    label = r"(?:(?:my )?(?:final )?answer(?: is)?|the (?:final )?answer is|antwort|réponse|respuesta|答案)"
    found = (re.match(rf"\W*{label}[\s*]*{mark}(.*)", line, re.I) for line in statement.splitlines())
    return [match[1] for match in found if match and match[1].strip()]


def answer_and_first_sentence(statement):
    first = next((line for line in statement.splitlines() if line.strip()), "")
    first = re.split(r"(?<=[.!?])\s|(?<=[。！？؟।])", first.strip())[:1]
    return answers_stated(statement)[-1:] + first


def sentences(statement):
    """The sentences of a statement, approximately."""
    parts = (re.split(r"(?<=[.!?])\s+|(?<=[。！？؟।])", line.strip()) for line in statement.splitlines())
    return [sentence for line in parts for sentence in line if sentence]


# First words of the sentences in `crates/agents/prompts`.
INSTRUCTIONS = r"""you take part in a debate|you take no side|write plain, short sentences|text below a \[mark\]
|the last line of the message is your order|do what it says and nothing else|this is what orders mean
|open": you speak|argue": the others have spoken|vote": vote in secret|list": list the answers|lead": you lead
|rule": the vote is tied|begin with a line that says|below it, make the best case|if a sentence is put to you
|(?:then )?add what nobody has said yet|answer that first, then add|where the order (?:adds|lists)
|vote in secret for the answer|change your answer only for a reason|weigh the options in this order
|if you have nothing new to add, reply with|argue(?: with evidence)?, or pass|your answer so far
|your last reply could not be used|reply in json|reply with one json|reply again, with the json""".replace("\n", "")

ORDERS = "open|argue|answer|give|add|make|below it|at most|in at most|reply|write|length of a statement"


def is_order(sentence):
    """Whether a sentence is an instruction of a prompt."""
    addressed = r"you(?: are|['’]re) speaker [a-p]\b"
    limited = rf"(?:{ORDERS})\b.*\bat most \d+ words\b"
    return bool(re.match(rf"\W*(?:\d+[.)]\W*)?(?:{addressed}|{limited}|{INSTRUCTIONS})", sentence, re.I | re.S))


def repeats_prompt(statement):
    """Whether a statement contains a mark, a heading, a role or an instruction of a prompt."""
    lines = [line.strip().lower() for line in statement.splitlines()]
    framed = r"\[speaker |said so far:|argue:|roles of the speakers:|r\d+[:：]"
    begun = any(re.match(framed, line) for line in lines)
    return begun or "[Speaker " in statement or any(map(is_order, sentences(statement)))
