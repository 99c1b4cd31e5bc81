public import VMCore

/// The sets of numbers that keys are known by, in the order of libvirt's `virKeycodeSet`.
public enum KeyCodeSet: String, Sendable, CaseIterable {
    /// `KEY_LEFTCTRL` and so on of `linux/input-event-codes.h`.
    case linux
    /// Scan codes of the XT, which are those of AT set 1.
    case xt
    case atset1, atset2, atset3
    case osx = "os_x"
    case xtKeyboard = "xt_kbd"
    /// USB's keyboard page.
    case usb
    /// Windows' virtual keys.
    case win32
    /// QEMU's own numbers.
    case qnum

    /// `virKeycodeSet`.
    public var libvirtNumber: Int32 { Int32(clamping: Self.allCases.firstIndex(of: self) ?? 0) }

    /// - Parameter number: of `virKeycodeSet`; nil for one that this version doesn't know.
    public init?(libvirtNumber number: Int32) {
        guard let index = Int(exactly: number), Self.allCases.indices.contains(index) else { return nil }
        self = Self.allCases[index]
    }
}

/// Keys by their names and numbers, and what QEMU calls them.
public enum KeyCodes {
    /// The words that users name a set by. `rfb` is virsh's former name of `qnum`, `qcode` are QEMU's names.
    public static let sets = KeyCodeSet.allCases.map(\.rawValue) + ["rfb", "qcode"]

    /// A key by its number in a set.
    ///
    /// - Throws: `invalid-argument`, in libvirt's words, when the set has no such key.
    public static func key(_ number: Int, in set: KeyCodeSet) throws(VMError) -> GuestKey {
        if set == .qnum, (0...0xff).contains(number) { return .number(number) }
        if set != .qnum, let found = KeyTable.keys.first(where: { $0.numbers[set] == number }) {
            return .named(found.qcode)
        }
        throw VMError(
            .invalidArgument, "cannot translate keycode \(number) of \(set.rawValue) codeset to qnum keycode")
    }

    /// A key as a user writes it: a number, with `0x` in front of a hexadecimal one; of the set `linux` also a name such as
    /// `KEY_LEFTCTRL`, and of `qcode` QEMU's name.
    ///
    /// - Throws: `usage` for an unknown set or key, with what comes near.
    public static func key(_ word: String, in setName: String) throws(VMError) -> GuestKey {
        if setName == "qcode" { return .named(word) }
        guard let set = setName == "rfb" ? .qnum : KeyCodeSet(rawValue: setName) else {
            throw VMError(.usage, "unknown codeset: '\(setName)'", remedy: "use \(sets.joined(separator: ", "))")
        }
        let number = word.hasPrefix("0x") ? Int(word.dropFirst(2), radix: 16) : Int(word)
        if let number, let key = try? key(number, in: set) { return key }
        guard set == .linux else { throw VMError(.usage, "invalid keycode: '\(word)'") }
        if let found = KeyTable.keys.first(where: { "KEY_" + $0.name == word }) { return .named(found.qcode) }
        let near = NearMatch.best(for: word, among: KeyTable.keys.map { "KEY_" + $0.name })
        throw VMError(.usage, "invalid keycode: '\(word)'", remedy: near.map { "did you mean '\($0)'?" })
    }

    /// Keys by their numbers in a set, as `virDomainSendKey` takes them.
    public static func keys(_ numbers: [Int], in set: KeyCodeSet) throws(VMError) -> [GuestKey] {
        var keys: [GuestKey] = []
        for number in numbers { keys.append(try key(number, in: set)) }
        return keys
    }
}
