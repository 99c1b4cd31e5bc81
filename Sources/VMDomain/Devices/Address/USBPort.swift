public import VMXML

/// Which port of a hub, of a hub, … of a USB controller: `2` or `1.3.2`.
public struct USBPort: XMLValue {
    /// The most numbers a path may have.
    public static let deepest = 4

    /// The port on the controller first; one to ``deepest`` numbers.
    public var path: [UInt32]

    public init(_ path: UInt32...) { self.path = path }
    public init(path: [UInt32]) { self.path = path }

    public init?(xml text: String) {
        path = []
        for part in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let first = part.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9"),
                let number = UInt32(Substring(part)), path.count < USBPort.deepest
            else { return nil }
            path.append(number)
        }
    }

    public var xml: String { path.map { String($0) }.joined(separator: ".") }
    public static var accepted: XMLAccepted { .phrase("a port number, or up to four with dots between them") }
}
