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
    text = re.sub(r"(?<=[^\W_])[`ʹ-ʿ′‵ꞌ](?=[^\W_])", "'", text)
    text = re.sub(r"\s*-\s*|\s+(?=[,;:!?%])", lambda m: m[0].strip(), " ".join(text.split()))
    text = re.sub(r"(?<!\d)([,;])(?=[^\W_])|([,;])(?=[^\W\d_])", lambda m: f"{m[0]} ", text)
    text = re.sub(r"(?<=\w)--+(?=[^\W\d])", "-", text)
    while True:
        stripped = text.strip().lstrip("¡¿")
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
    for marks, own in (("∶꞉", ":"), ("،՝፣", ","), ("؛", ";"), ("٪", "%")):
        if c in marks:
            return own
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


UNPARTED = r"[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff]"


def parted(outside, inside):
    joined = lambda c: c.isalnum() and not re.match(UNPARTED, c)
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


# Common words by which a sentence denies, disapproves or compares, as stems.
MAY_OPPOSE = """n['’]t\\b|\\b(?:no|not|nor|never|neither|nobody|nothing|none|cannot|against|reject|oppos|doubt|disagree|wrong
|mistake|error|worse|worst|less|bad|poor|foolish|unwise|harmful|dangerous|premature|reckless|hardly|far from|than|over
|instead|rather|avoid|refuse|beats|prefer|nicht|kein|nie|gegen|lehn|falsch|fehler|schlecht|als|statt|ne|n['’]|pas
|jamais|contre|faux|erreur|mauvais|pire|que|di|contra|error|peor|mejor)|\\bне\\b|против|ошибк|хуже|чем|不|没|别|勿|反对|错
|比|差|糟|ない|ません|べき|より|間違|誤|아니|않|못|반대|잘못|보다""".replace("\n", "")


def may_speak_against(statement):
    """Whether a statement has a word that may speak against what it names."""
    return bool(re.search(MAY_OPPOSE, statement, re.I))


FUNCTION_WORDS = set("""a an the this that these those to of in on at by as for from with and or if it its is are be
we i you they my our your their all any some so do than then there here what who will shall should can must may has
have vote votes option options answer choice der die das den dem des ein eine einen einem zu und oder es im in am an
auf für mit von ist wir ich le la les l un une de du d et ou en dans pour avec est nous je il el los las y o con por
para se es lo gli i e che di da per si os as um uma do em na и в на с по для 的""".split())
REFUSALS = "no nope nein non não nej nee nei нет 不 아니요 いいえ".split()
ASSENTS = "yes yeah ja oui sí sim да 是 はい".split()
STRONGLY_AGAINST = """against reject rejects oppose opposes doubt disagree gegen lehne contre contra contro 反对
против""".split()


def words_of(text):
    """The words of a text without the punctuation around them."""
    words = (word.strip("'") for word in re.split(r"[^\w'+#%]|_", norm(text)))
    return " ".join(word for word in words if word)


def telling_parts(text, own):
    """Parts of an option that punctuation sets off, if they are no part of another option's text."""
    inner = r"[()\[\]，、；：。،؛—–]|[,;:.!?](?=\s|$)|(?<=\s)[-‐-―−](?=\s)"
    parts = [words_of(part) for part in re.split(inner, text)]
    telling = lambda part: any(word not in FUNCTION_WORDS for word in part.split())
    return [part for part in parts if len(part) > 1 and telling(part) and not holds(own, part)]


def hints(text, own):
    """Words that tell an option from another."""
    common = FUNCTION_WORDS.union(REFUSALS, ASSENTS)
    return [word for word in words_of(text).split() if word not in common and not holds(own, word)]


def sets_off(sentence, word):
    """Whether a sentence begins with a word and a mark, or ends with the word."""
    begins = sentence.startswith(word) and sentence[len(word) :][:1] in ("", *",:;.!-…，、")
    return begins or (sentence.endswith(word) and holds(sentence, word))


def leans_to_another(statement, leader, texts):
    """Whether the first or last sentence names another option in part or refuses the leader, or any
    sentence is against a word of the leader."""
    lines = [line for line in statement.splitlines() if not is_answer_line(line)]
    spoken = sentences("\n".join(lines))
    own, others = words_of(texts[leader]), [text for o, text in texts.items() if o != leader]
    refuses = any(holds(own, word) for word in REFUSALS)
    for sentence in spoken[:1] + spoken[-1:]:
        words, normed = words_of(sentence), norm(sentence)
        opens = lambda said: any(normed.startswith(w) and normed[len(w) :][:1] in ("", *",:;.!-，、") for w in said)
        if opens(REFUSALS) and not refuses or opens(ASSENTS) and refuses:
            return True
        names_own = holds(words, own) or any(holds(words, word) for word in hints(own, ""))
        for other in others:
            parts = [part for part in telling_parts(other, own) if holds(words, part)]
            if any(" " in part or is_unparted(part[0]) or sets_off(normed, part) for part in parts):
                return True
            several = " " in words_of(other)
            if several and not names_own and any(holds(words, word) for word in hints(other, own)):
                return True
    stems = [word[:-1] for word in hints(own, "") if len(word) > 3]
    against = lambda words: any(holds(words, word) for word in STRONGLY_AGAINST)
    kin = lambda words: any(word.startswith(stem) for stem in stems for word in words.split())
    return any(against(words) and kin(words) for words in map(words_of, spoken))


def is_answer_line(line):
    return bool(answers_stated(line)) or bool(re.fullmatch(r"\W*answer\W*", line, re.I))


def is_unparted(c):
    return bool(re.match(UNPARTED, c))


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
    orders = lambda sentence: any(
        map(is_order, (sentence, bare := re.sub(r"^[\W\d_]+", "", sentence), bare.partition(" ")[2]))
    )
    return begun or "[Speaker " in statement or any(map(orders, sentences(statement)))
