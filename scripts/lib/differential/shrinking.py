"""Makes a document that two disagree about as small as it can be while they disagree about the same."""
import xml.etree.ElementTree as ET

KEPT = {"name", "uuid"}


def shrink(text, still, patience=400):
    """The smallest document found for which `still` holds, asking at most `patience` times."""
    asked = 0

    def holds(root):
        nonlocal asked
        asked += 1
        return asked <= patience and still(ET.tostring(root, encoding="unicode"))

    root = ET.fromstring(text)
    changed = True
    while changed and asked < patience:
        changed = False
        # The larger parts first: what is in them need not be asked for.
        for parent in list(root.iter()):
            for child in reversed(list(parent)):
                if child.tag in KEPT and parent is root:
                    continue
                place = list(parent).index(child)
                parent.remove(child)
                if holds(root):
                    changed = True
                else:
                    parent.insert(place, child)
        for element in root.iter():
            for name in list(element.attrib):
                value = element.attrib.pop(name)
                if holds(root):
                    changed = True
                else:
                    element.attrib[name] = value
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"
