import Glibc
import Testing

/// The text of a file that stands beside the tests.
func textFile(_ name: String) throws -> String {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let descriptor = open("/\(folder)/\(name)", O_RDONLY)
    try #require(descriptor >= 0, "\(name) is missing")
    defer { close(descriptor) }
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while case let count = read(descriptor, &piece, piece.count), count > 0 { text += piece[..<count] }
    return String(decoding: text, as: UTF8.self)
}
