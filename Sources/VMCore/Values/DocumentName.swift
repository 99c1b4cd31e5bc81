/// Rules for the name of a stored document, and its spelling as a file name.
public enum DocumentName {
    /// The most bytes of a name's spelling, with which its file name still has 255.
    public static let limit = 251

    /// Refuses names that can't be kept or printed. Anything else may be in a name.
    ///
    /// - Parameter kind: what has the name, `domain`, for the message.
    public static func check(_ name: String, of kind: String) throws(VMError) {
        func refuse(_ why: String) -> VMError {
            VMError(.invalidXML, "invalid \(kind) name \(quoted(name)): \(why)", remedy: "choose another <name>")
        }
        if name.isEmpty { throw refuse("it is empty") }
        if name == "." || name == ".." { throw refuse("it is a folder's name") }
        if name.utf8.contains(UInt8(ascii: "/")) { throw refuse("it contains '/'") }
        for scalar in name.unicodeScalars where scalar.properties.generalCategory == .control {
            throw refuse("it contains the control character U+" + hex(scalar.value))
        }
        if fileName(name).utf8.count > limit {
            throw refuse("it is too long; a name has at most \(limit) bytes")
        }
    }

    /// The name as a file name without its suffix: `%` and a leading dot are written as `%25` and `%2E`.
    public static func fileName(_ name: String) -> String {
        var text = ""
        for character in name.unicodeScalars {
            if character == "%" {
                text += "%25"
            } else if character == ".", text.isEmpty {
                text += "%2E"
            } else {
                text.unicodeScalars.append(character)
            }
        }
        return text
    }

    /// The name that a file name spells; nil for one that ``fileName(_:)`` can't have made.
    public static func name(ofFile file: String) -> String? {
        guard !file.hasPrefix(".") else { return nil }
        guard file.utf8.contains(UInt8(ascii: "%")) else { return file }
        guard let bytes = PercentEncoding.bytes(of: file.utf8) else { return nil }
        let name = String(decoding: bytes, as: UTF8.self)
        return fileName(name) == file ? name : nil
    }

    /// The name in quotes, with what would garble a terminal written as escapes.
    public static func quoted(_ name: String) -> String {
        var text = "'"
        for scalar in name.unicodeScalars.prefix(80) {
            if scalar.properties.generalCategory == .control {
                text += "\\u{" + hex(scalar.value) + "}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text + (name.unicodeScalars.count > 80 ? "…'" : "'")
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
