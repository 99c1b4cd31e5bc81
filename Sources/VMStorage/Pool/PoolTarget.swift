public import VMCore
public import VMXML

/// `<target>` of a pool: where its volumes are found on this host.
public struct PoolTarget: XMLElement {
    public var path: String?
    public var permissions: StoragePermissions?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("path", &path)
        x.element("permissions", &permissions)
    }
}

/// `<permissions>` of a folder or a volume.
public struct StoragePermissions: XMLElement {
    public var mode: FileMode?
    /// A number, or -1, which leaves it as it is.
    public var owner: Int?
    public var group: Int?
    public var label: String?

    public init() {}

    /// What a file has.
    public init(_ facts: FileFacts) {
        mode = FileMode(facts.mode)
        owner = Int(facts.owner)
        group = Int(facts.group)
    }

    /// The owner and the group that a file is given; nil leaves it as it is made.
    ///
    /// Where the pools are a user's, root's numbers stand for that user: programs that take each server for the system's
    /// write them for "whoever keeps the pool".
    func owners(for user: UInt32) -> (owner: UInt32?, group: UInt32?) {
        func number(_ wanted: Int?) -> UInt32? {
            guard let number = wanted.flatMap({ UInt32(exactly: $0) }) else { return nil }
            return number == 0 && user != 0 ? nil : number
        }
        return (number(owner), number(group))
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.text("mode", &mode)
        x.text("owner", &owner)
        x.text("group", &group)
        x.text("label", &label)
    }
}

/// Rights on a file: an octal number, which libvirt writes with four digits.
public struct FileMode: XMLValue, ExpressibleByIntegerLiteral {
    public var bits: UInt32

    public init(_ bits: UInt32) { self.bits = bits & 0o7777 }
    public init(integerLiteral value: UInt32) { self.init(value) }

    public init?(xml text: String) {
        guard let number = UInt32(text.drop { $0 == " " }, radix: 8), number <= 0o7777 else { return nil }
        bits = number
    }

    public var xml: String {
        let digits = String(bits, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    public static var accepted: XMLAccepted { .phrase("an octal number from 0000 to 7777") }
}
