internal import VMJSON

/// One option of a given command line.
struct NativeOption {
    /// Without its dashes.
    var name: String
    var value: String?

    /// As it stood there.
    var words: [String] { ["-" + name] + (value.map { [$0] } ?? []) }

    /// Takes arguments apart. A word without a dash is a disk image, as QEMU has it.
    static func all(_ arguments: ArraySlice<String>) -> [NativeOption] {
        var options: [NativeOption] = []
        var rest = arguments
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word.count > 1 else {
                options.append(NativeOption(name: "hda", value: word))
                continue
            }
            let name = String(word.drop { $0 == "-" })
            options.append(NativeOption(name: name, value: flags.contains(name) ? nil : rest.popFirst()))
        }
        return options
    }

    /// Options that take no value.
    private static let flags: Set<String> = [
        "enable-kvm", "no-kvm", "nographic", "S", "s", "usb", "no-acpi", "no-hpet", "no-reboot", "no-shutdown",
        "nodefaults", "no-user-config", "nodefconfig", "snapshot", "daemonize", "full-screen", "win2k-hack",
        "no-fd-bootchk", "mem-prealloc", "only-migratable", "singlestep", "portrait", "version", "h", "help",
        "enable-fips", "alt-grab", "ctrl-grab", "no-quit", "curses", "sdl", "semihosting", "enable-sync-profile",
        "preconfig", "xen-attach", "no-frame",
    ]
}

/// The keys and values behind an option. Those that were asked for are known to be understood.
struct NativeKeys {
    private(set) var pairs: [(key: String, value: String)] = []
    private var taken: Set<String> = []

    /// - Parameter implied: the key of the first value when that has none.
    init(_ text: String, implied: String? = nil) {
        if text.hasPrefix("{"), let object = (try? JSONParser.parse(text))?.object {
            flatten(object, "")
            return
        }
        for (index, part) in Self.parts(text).enumerated() where !part.isEmpty {
            if let equals = part.firstIndex(of: "=") {
                pairs.append((String(part[..<equals]), String(part[part.index(after: equals)...])))
            } else if index == 0, let implied {
                pairs.append((implied, part))
            } else if part.hasPrefix("no"), ["nowait", "nodelay"].contains(part) {
                pairs.append((part == "nowait" ? "wait" : part, part == "nowait" ? "off" : "on"))
            } else {
                pairs.append((part, "on"))
            }
        }
    }

    private mutating func flatten(_ object: JSONObject, _ prefix: String) {
        for (key, value) in object {
            switch value {
            case .object(let inner): flatten(inner, prefix + key + ".")
            case .array(let elements):
                for element in elements {
                    // Lists such as hostfwd are objects with one member.
                    pairs.append((prefix + key, element["str"]?.string ?? element.plainText ?? element.description))
                }
            default: pairs.append((prefix + key, value.plainText ?? value.description))
            }
        }
    }

    /// The text between commas; a doubled comma is one of the text.
    private static func parts(_ text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            if character != "," {
                part.append(character)
            } else if rest.first == "," {
                rest.removeFirst()
                part.append(",")
            } else {
                parts.append(part)
                part = ""
            }
        }
        return parts + [part]
    }

    /// The last value of a key, which counts for QEMU too.
    mutating func take(_ key: String) -> String? {
        taken.insert(key)
        return pairs.last { $0.key == key }?.value
    }

    mutating func takeAll(_ key: String) -> [String] {
        taken.insert(key)
        return pairs.filter { $0.key == key }.map(\.value)
    }

    /// The value of the first of several spellings.
    mutating func take(_ keys: [String]) -> String? {
        var found: String?
        for key in keys {
            let value = take(key)
            if found == nil { found = value }
        }
        return found
    }

    mutating func flag(_ key: String) -> Bool? {
        take(key).map { ["on", "yes", "true", "1"].contains($0) }
    }

    /// Keys nobody asked for.
    var left: [(key: String, value: String)] { pairs.filter { !taken.contains($0.key) } }
}
