/// Bytes that are written as `%XX`, as in URLs and in names of files.
package enum PercentEncoding {
    /// The bytes that a text stands for; nil where what follows a `%` is no number.
    package static func bytes(of text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap({ hexDigit($0) }),
                let low = rest.popFirst().flatMap({ hexDigit($0) })
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
