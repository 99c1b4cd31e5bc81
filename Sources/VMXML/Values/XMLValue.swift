public import VMCore

/// A value that stands in an attribute or as an element's text.
public protocol XMLValue: Sendable, Hashable {
    /// Reads the text as it stands in the document; nil if it isn't one of this type.
    init?(xml text: String)
    /// The text as libvirt writes it.
    var xml: String { get }
    /// What is accepted: words, or one phrase such as `a number`.
    static var accepted: XMLAccepted { get }
    /// Whether an element of this type that has no text isn't as good as absent.
    static var saysSomethingWhenEmpty: Bool { get }
}

extension XMLValue {
    @inlinable public static var saysSomethingWhenEmpty: Bool { false }
}

/// What a value's text may be, for diagnostics, completion and the reference page.
public enum XMLAccepted: Sendable, Hashable {
    /// One of these words.
    case words([String])
    /// Anything that the phrase describes, for example `a number from 0 to 255`.
    case phrase(String)

    package var list: [String] {
        switch self {
        case .words(let words): words
        case .phrase(let phrase): [phrase]
        }
    }

    /// For the end of a sentence: `a, b or c`.
    package var sentencePart: String {
        switch self {
        case .words(let words) where words.count > 12: "one of " + words.prefix(12).joined(separator: ", ") + ", …"
        case .words(let words) where words.count > 1:
            words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        case .words(let words): words.joined()
        case .phrase(let phrase): phrase
        }
    }

    /// The words, for a near match; none for a phrase.
    package var words: [String] { if case .words(let words) = self { words } else { [] } }
}

/// A closed vocabulary: an enum whose raw values are the words libvirt uses.
public protocol XMLEnum: XMLValue, CaseIterable, RawRepresentable<String> where AllCases == [Self] {}

extension XMLEnum {
    @inlinable public init?(xml text: String) { self.init(rawValue: text) }
    @inlinable public var xml: String { rawValue }
    /// Only diagnostics ask, so one copy for all vocabularies will do.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    public static var accepted: XMLAccepted { .words(allCases.map(\.rawValue)) }
}

extension String: XMLValue {
    @inlinable public init?(xml text: String) { self = text }
    @inlinable public var xml: String { self }
    public static var accepted: XMLAccepted { .phrase("text") }
}

/// Reads a number as libvirt does: blanks in front, a sign, and decimal digits.
@inlinable
func integer<T: FixedWidthInteger>(_ text: String, as: T.Type) -> T? {
    T(text) ?? T(text.drop(while: { $0 == " " || $0 == "\t" || $0 == "\n" }))
}

extension Int: XMLValue {
    @inlinable public init?(xml text: String) {
        guard let value = integer(text, as: Int.self) else { return nil }
        self = value
    }
    @inlinable public var xml: String { String(self) }
    public static var accepted: XMLAccepted { .phrase("a whole number") }
}

extension UInt64: XMLValue {
    @inlinable public init?(xml text: String) {
        guard let value = integer(text, as: UInt64.self) else { return nil }
        self = value
    }
    @inlinable public var xml: String { String(self) }
    public static var accepted: XMLAccepted { .phrase("a whole number, not negative") }
}

extension UInt32: XMLValue {
    @inlinable public init?(xml text: String) {
        guard let value = integer(text, as: UInt32.self) else { return nil }
        self = value
    }
    @inlinable public var xml: String { String(self) }
    public static var accepted: XMLAccepted { .phrase("a whole number from 0 to 4294967295") }
}

extension UInt16: XMLValue {
    @inlinable public init?(xml text: String) {
        guard let value = integer(text, as: UInt16.self) else { return nil }
        self = value
    }
    @inlinable public var xml: String { String(self) }
    public static var accepted: XMLAccepted { .phrase("a whole number from 0 to 65535") }
}

extension UInt8: XMLValue {
    @inlinable public init?(xml text: String) {
        guard let value = integer(text, as: UInt8.self) else { return nil }
        self = value
    }
    @inlinable public var xml: String { String(self) }
    public static var accepted: XMLAccepted { .phrase("a whole number from 0 to 255") }
}

extension UUID: XMLValue {
    public init?(xml text: String) { self.init(text) }
    public var xml: String { description }
    public static var accepted: XMLAccepted { .phrase("a UUID such as c7a5fdbd-edaf-9455-926a-d65c16db1809") }
}

extension MACAddress: XMLValue {
    public init?(xml text: String) { self.init(text) }
    public var xml: String { description }
    public static var accepted: XMLAccepted { .phrase("a MAC address such as 52:54:00:12:34:56") }
}

/// `yes` or `no`.
public enum YesNo: String, XMLEnum {
    case yes, no

    public init(_ value: Bool) { self = value ? .yes : .no }
    public var isYes: Bool { self == .yes }
}

/// `on` or `off`.
public enum OnOff: String, XMLEnum {
    case on, off

    public init(_ value: Bool) { self = value ? .on : .off }
    public var isOn: Bool { self == .on }
}
