"""Documents and command lines compared by what they mean: what two answers differ in, as a set of short texts."""
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import datetime, timedelta

# Keys that may stand without their name at the start of an option's value.
IMPLIED = {"-machine": "type", "-cpu": "model", "-smp": "cpus", "-m": "size", "-device": "driver", "-chardev": "backend", "-netdev": "type", "-object": "qom-type",
           "-vnc": "vnc", "-tpmdev": "type", "-fsdev": "fsdriver", "-numa": "type", "-accel": "accel", "-audiodev": "driver", "-display": "type", "-blockdev": "driver",
           "-drive": "file", "-rtc": "base", "-boot": "order", "-smbios": "type", "-mon": "chardev", "-overcommit": "", "-name": "guest", "-watchdog-action": "action"}
# What says how QEMU is run and not what the guest has.
WITHOUT_MEANING = {"-S", "-msg", "-sandbox", "-no-user-config", "-mon", "-name", "-readconfig", "-pidfile", "-D", "-nodefaults", "-run-with", "-daemonize", "-netdev", "-add-fd"}
FLAGS = {"-no-acpi": ("-machine", "acpi", "off"), "-no-hpet": ("-machine", "hpet", "off"), "-enable-kvm": ("-accel", "accel", "kvm")}
PRIVATE = re.compile(r"^(?=/).*(/build/differential/|/etc/pki/|/run/|/var/lib/(vmctl|libvirt)/|/\.local/|/\.cache/|/\.config/|/domain-|/nvram/).*|^/dev/hugepages.*/.*|^/[\w.-]+$")
WORDS = {"true": "on", "yes": "on", "false": "off", "no": "off"}
SIZES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def plain(value):
    """A value in one spelling."""
    if isinstance(value, bool):
        return "on" if value else "off"
    text = re.sub(r"^(unix:)?(path=)?(?=/)", "", str(value))
    if PRIVATE.match(text):
        return "(private)"
    text = WORDS.get(text, text)
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return str(int(text, 16))
    if re.fullmatch(r"\d+[kKmMgGtT]", text):
        return str(int(text[:-1]) * SIZES[text[-1].lower()])
    return text


def slot(text):
    """`0x1.0x2` and `1.2` as one; without function it is the first."""
    parts = str(text).split(".")
    try:
        return ".".join(str(int(part, 16)) for part in parts + ["0"] * (2 - len(parts)))
    except ValueError:
        return str(text)


def flat(value, prefix="", out=None):
    out = {} if out is None else out
    if isinstance(value, dict):
        for key, inner in value.items():
            flat(inner, f"{prefix}{key}.", out)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            flat(inner, f"{prefix}{number}.", out)
    else:
        out[prefix[:-1]] = plain(value)
    return out


def pairs(option, text):
    """The keys and values of an option; `,,` is a comma."""
    fields = re.split(r"(?<!,),(?!,)", text.replace(",,", "\0"))
    found, implied = {}, IMPLIED.get(option)
    for number, field in enumerate(fields):
        field = field.replace("\0", ",")
        key, equals, value = field.partition("=")
        if option == "-cpu" and number > 0 and key[:1] in "+-" and not equals:
            key, value, equals = key[1:], "on" if key[0] == "+" else "off", "="
        if not equals:
            if number == 0 and implied:
                key, value = implied, field
            elif key.startswith("no") and option in ("-chardev", "-vnc", "-spice"):
                key, value = key[2:], "off"
            else:
                value = "on"
        elif number == 0 and implied and option in ("-numa", "-machine") and implied != key:
            pass
        name = key
        while name in found and option not in ("-cpu", "-machine"):
            name += "+"
        found[name] = plain(value)
    return found


def options(words):
    """The command line as named option values: name → keys → values."""
    found, number, plain_order = {}, 0, []
    words = words[1:]
    while number < len(words):
        option = words[number]
        number += 1
        value = None
        if number < len(words) and not (words[number].startswith("-") and len(words[number]) > 1 and not words[number][1:2].isdigit()) or option in ("-append",):
            value = words[number] if number < len(words) else ""
            number += 1
        if option in FLAGS:
            option, key, word = FLAGS[option]
            found.setdefault(option, {})[key] = word
            continue
        if option in WITHOUT_MEANING:
            continue
        if value is None:
            found.setdefault(option, {"": ""})
            continue
        if option in ("-kernel", "-initrd", "-append", "-dtb", "-bios", "-uuid", "-k", "-parallel", "-acpitable", "-loadvm", "-incoming"):
            found[option] = {"": plain(value)}
            continue
        content = flat(json.loads(value)) if value.startswith("{") else pairs(option, value)
        if content.get("id") in ("masterKey0", "charmonitor"):
            continue
        if option == "-m" and content.get("size", "").isdigit() and "k" not in value.split(",")[0].lower():
            content["size"] = str(int(content["size"]) << 20)
        if "addr" in content and option == "-device":
            content["addr"] = slot(content["addr"])
        if option == "-device":
            content.setdefault("id", "(nameless)")
        name = content.pop("id", None) or content.pop("node-name", None)
        if option == "-blockdev" or name is None:
            name = name or content.pop("node-name", None)
        if option == "-numa":
            name = " ".join(content.get(key, "") for key in ("type", "nodeid", "node-id", "src", "dst", "hierarchy", "data-type", "target", "initiator", "level"))
        elif option == "-smbios":
            name = content.get("type", "")
        elif option == "-global":
            for key, word in content.items():
                found[f"-global {key}"] = {"": word}
            continue
        if option == "-object" and content.get("qom-type") == "secret":
            # How a secret gets to QEMU is each one's own way.
            for key in ("data", "file", "format", "iv", "keyid"):
                content.pop(key, None)
        if option == "-device" and re.search(r"-device(-(non-)?transitional)?$", str(content.get("driver", ""))):
            plain_order.append(name)
        key = f"{option} {name}" if name else option
        if option in ("-spice", "-vnc", "-fw_cfg", "-set", "-tpmdev", "-fsdev") and key in found:
            key += "+"
        if key in found:
            found[key].update(content)
        else:
            found[key] = content
    if len(plain_order) > 1:
        found["order of devices without address"] = {"": " ".join(plain_order)}
    return found


def same(key, one, other):
    if one == other:
        return True
    if key == "base" and re.match(r"\d{4}-", one) and re.match(r"\d{4}-", other):
        # The time of day goes on between the two answers.
        return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) < timedelta(minutes=5)
    return False


def line_differences(ours, theirs):
    """What the command lines differ in: `theirs` are libvirt's words."""
    ours, theirs = options(ours), options(theirs)
    found = set()
    for name in sorted(set(ours) | set(theirs)):
        if name not in ours:
            found.add(f"line lacks {name} " + " ".join(f"{k}={v}" for k, v in theirs[name].items() if k in ("driver", "", "type", "backend", "qom-type", "value")))
        elif name not in theirs:
            found.add(f"line has {name} " + " ".join(f"{k}={v}" for k, v in ours[name].items() if k in ("driver", "", "type", "backend", "qom-type", "value")))
        else:
            for key in sorted(set(ours[name]) | set(theirs[name])):
                one, other = ours[name].get(key, "(none)"), theirs[name].get(key, "(none)")
                if not same(key, one, other):
                    found.add(f"line {name}: {key}: libvirt {other}, vmctl {one}")
    return found


def facts(element, path=""):
    """Each element as a line: where it stands, its attributes, its text."""
    attributes = "".join(f" {name}='{number(value) if name != 'interfaceid' else '(random)'}'" for name, value in sorted(element.attrib.items()))
    yield f"{path} <{element.tag}{attributes}>{plain_path((element.text or '').strip())}"
    for child in element:
        yield from facts(child, f"{path}/{element.tag}" if path else element.tag)


def number(value):
    return str(int(value, 16)) if re.fullmatch(r"0x[0-9a-fA-F]+", value) else plain_path(value)


def plain_path(value):
    return "(private)" if PRIVATE.match(value) else value


def tree(element):
    """An element as a value that is equal for equal meaning: the controllers' order says nothing."""
    children = [tree(child) for child in element]
    if element.tag in ("devices", "domain", "features", "driver"):
        kinds = {}
        for child in children:
            kinds.setdefault(child[0], []).append(child)
        kinds["controller"] = sorted(kinds.get("controller", []), key=repr)
        children = sorted(kinds.items())
    return (element.tag, tuple(sorted((n, number(v)) for n, v in element.attrib.items() if n != "interfaceid")), plain_path((element.text or "").strip()), tuple(map(repr, children)))


def stored_differences(ours, theirs):
    one, other = ET.fromstring(ours), ET.fromstring(theirs)
    mine, yours = Counter(facts(one)), Counter(facts(other))
    found = {f"stored + {fact}" for fact in (mine - yours)} | {f"stored - {fact}" for fact in (yours - mine)}
    if not found and tree(one) != tree(other):
        kinds = {child.tag for holder in (one, other) for child in holder.find("devices") or []}
        moved = [kind for kind in sorted(kinds) if [tree(e) for e in one.iterfind(f"devices/{kind}")] != [tree(e) for e in other.iterfind(f"devices/{kind}")] and kind != "controller"]
        found.add("stored in another order or in one another: " + (" ".join(moved) or "controllers or what is not a device"))
    return found


def differences(ours, theirs):
    """What vmctl's answer and libvirt's differ in; empty when they agree."""
    if theirs.refusal and ours.refusal:
        return set()
    if theirs.refusal:
        return {f"libvirt refuses: {theirs.refusal}"}
    if ours.refusal:
        return {f"vmctl refuses: {ours.refusal}"}
    found = stored_differences(ours.stored, theirs.stored)
    if theirs.words and ours.words:
        found |= line_differences(ours.words, theirs.words)
    elif theirs.words:
        found.add(f"vmctl doesn't start: {ours.no_start}")
    elif ours.words:
        found.add(f"libvirt doesn't start: {theirs.no_start}")
    return found


def shape(difference):
    """A difference without what differs from document to document: numbers, names, places."""
    text = re.sub(r"\b\d+:\d+: ", "", difference)
    text = re.sub(r"'/[^']*'", "'PATH'", text)
    text = re.sub(r"(?<![a-z])/(srv|usr|dev)/[^ ,']*", "PATH", text)
    text = re.sub(r"libvirt-\d+-", "libvirt-N-", text)
    return re.sub(r"\d+", "N", text)
