"""Do the two implementations agree? Writes seeded cases with our answers, and checks those of the other one.

    python3 agreement.py write SEED COUNT    cases, a line of JSON each
    python3 agreement.py check               reads such lines; ends with 1 at the first that we answer otherwise
    python3 agreement.py vectors FILE        the published vectors

A line is ["code", generation, key, counter, [texts of the statement], [items], code or null]
or ["typed", text, code or null, kind or null, position or null]. Null instead of a code: a decimal is refused.
"""

import json
import random
import sys

import crypto_code as ours


def code_of(generation, key, counter, texts, items):
    statement = ours.Statement(*texts, [ours.Item(*item) for item in items])
    try:
        return ours.issue(generation, bytes.fromhex(key), ours.statement_bytes(statement), counter)
    except ours.NotDecimal:
        return None


def reading_of(typed):
    try:
        return [ours.parse(typed), None, None]
    except ours.Mistyped as mistyped:
        return [None, mistyped.kind, mistyped.typo_at]


def check(lines):
    counts = {"code": 0, "typed": 0}
    for line in lines:
        kind, *case = json.loads(line)
        if kind == "code":
            *asked, answer = case
            found = code_of(*asked)
        else:
            typed, *answer = case
            found = reading_of(typed)
        if found != answer:
            sys.exit(f"we say {found!r} to {line}")
        counts[kind] += 1
    print(f"agreed: {counts['code']} codes, {counts['typed']} typed", file=sys.stderr)


# --- cases of our own


def write(seed, count):
    draw = random.Random(seed)
    for _ in range(count // 2):
        line, code = a_code(draw)
        put(line)
        typed = mistyped(draw, code or "10000000000000C7")
        put(["typed", typed, *reading_of(typed)])


def put(line):
    sys.stdout.write(json.dumps(line, ensure_ascii=in_ascii(line)) + "\n")


def in_ascii(line):
    """Both ways of writing letters beyond ASCII are JSON."""
    return len(line[1]) % 2 == 0


def a_code(draw):
    texts = [a_text(draw) for _ in range(7)] + [a_decimal(draw), draw.choice(["USD", "EUR", "TRY", a_text(draw)])]
    items = [
        [draw.choice([1, 2, 3, draw.getrandbits(32)]), a_text(draw), a_decimal(draw), a_decimal(draw), "USD"]
        for _ in range(draw.choice([0, 1, 1, 2, 5]))
    ]
    asked = [draw.choice(ours.LETTERS), draw.randbytes(32).hex(), draw.choice([0, 0, 1, draw.getrandbits(32)])]
    code = code_of(*asked, texts, items)
    return ["code", *asked, texts, items, code], code


def a_text(draw):
    return "".join(draw.choices(TEXT_LETTERS, k=draw.choice([0, 1, 10, 12, 14])))


def a_decimal(draw):
    if draw.random() < 0.03:
        return draw.choice(NOT_DECIMAL)
    whole = "0" * draw.choice([0, 0, 0, 3]) + str(draw.getrandbits(draw.choice([1, 16, 130])))
    if draw.random() < 0.5:
        return whole
    return whole + "." + str(draw.getrandbits(20)) + "0" * draw.choice([0, 0, 2])


def mistyped(draw, code):
    letters = list(draw.choice([code, ours.printed(code), ours.printed(code).lower()]))
    for _ in range(draw.choice([0, 1, 1, 1, 2, 3])):
        place = draw.randrange(len(letters))
        how = draw.randrange(6)
        if how == 0:
            letters[place] = draw.choice(ours.LETTERS)
        elif how == 1:
            letters[place] = draw.choice(TYPED)
        elif how == 2:
            letters.insert(place, draw.choice(TYPED))
        elif how == 3:
            letters.insert(place, a_character(draw))
        elif how == 4:
            other = draw.randrange(len(letters))
            letters[place], letters[other] = letters[other], letters[place]
        else:
            del letters[place]
    alike = {"0": "0Oo", "1": "1IiLl\u0131\u0130"}
    return "".join(draw.choice(alike.get(letter, letter)) for letter in letters)


def a_character(draw):
    """Any character: the ends of blocks of sixteen more often, since there the lists of separators begin and end."""
    while True:
        point = draw.choice([draw.randrange(0x3100), draw.randrange(0xFE00, 0x10000), draw.randrange(0x110000)])
        if draw.random() < 0.3:
            point |= 15
        if not 0xD800 <= point < 0xE000 and point < 0x110000:
            return chr(point)


def vectors(path):
    with open(path, encoding="utf-8") as file:
        published = json.load(file)
    for vector in published["vectors"]:
        said = vector["statement"]
        texts = [said[name] for name in ours.Statement._fields[:-1]]
        items = [ours.Item(*(item[name] for name in ours.Item._fields)) for item in said["items"]]
        key, counter = bytes.fromhex(vector["key"]), vector["counter"]
        found = ours.statement_bytes(ours.Statement(*texts, items))
        code = ours.issue(vector["generation"], key, found, counter)
        expect(found.hex(), vector["statement_bytes"], vector)
        expect(ours.mac(key, found, counter).hex(), vector["mac"], vector)
        expect([code, ours.printed(code)], [vector["code"], vector["printed"]], vector)
    for case in published["typed"]:
        expect(reading_of(case["typed"]), [case.get("code"), case.get("mistyped"), case.get("typo_at")], case)
    for case in published["decimals"]:
        try:
            found = ours.canonical(case["given"])
        except ours.NotDecimal:
            found = None
        expect(found, case["canonical"], case)
    print(f"agreed: {len(published['vectors'])} published vectors", file=sys.stderr)


def expect(found, expected, case):
    if found != expected:
        sys.exit(f"we say {found!r}, not {expected!r}, to {case}")


TEXT_LETTERS = "0123456789ABCXYZabcxyz-/ \t\n\"\\" + "ıİğĞüÜşŞöÖçÇâ" + "i\u0307" + "s\u0327" + "\u0000\u20ba\U0001f4e6"
NOT_DECIMAL = ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1.2.3", " 1", "1 ", "1\n", "NaN", "\u0663", "\uff11", "0x1", "1_0"]
TYPED = "UuıİşŞğĞüÜöÖçÇ*~$=_/:,;'\"\u0663\uff13\u001c\u001f\u180e\u200b\u2212\u2014\u00b7\u3000\ufeff\u00ad -."

if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    match sys.argv[1:]:
        case ["write", seed, count]:
            write(int(seed), int(count))
        case ["check"]:
            check(sys.stdin)
        case ["vectors", path]:
            vectors(path)
        case _:
            sys.exit(__doc__)
