import Foundation
import VMJSON

/// A QEMU that keeps running until `stop`.
final class RunningQEMU {
    struct Failure: Error, CustomStringConvertible { let description: String }

    static let socat = ["/usr/bin/socat", "/usr/local/bin/socat"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private let process: Process
    private let folder: TemporaryFolder

    /// Starts it and waits until the file `path` is there.
    init(_ qemu: RealQEMU, _ arguments: [String], until path: String) throws {
        process = qemu.process(["-S", "-nodefaults", "-nographic", "-no-user-config"] + arguments)
        folder = try TemporaryFolder()
        let errors = try folder.write("", to: "err")
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let limit = Date() + 20
        while !FileManager.default.fileExists(atPath: path) {
            guard process.isRunning, Date() < limit else {
                process.terminate()
                let text = try String(contentsOfFile: errors, encoding: .utf8)
                throw Failure(description: "QEMU did not make \(path): \(text)")
            }
            usleep(5_000)
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
        folder.remove()
    }

    /// Sends the text, closes the sending side and reads to the end.
    func converse(socket path: String, _ text: String) throws -> [JSONValue] {
        let fd = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(fd) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw Failure(description: "can't connect to \(path)") }
        let handle = FileHandle(fileDescriptor: fd, closeOnDealloc: false)
        try handle.write(contentsOf: Data(text.utf8))
        shutdown(fd, Int32(SHUT_WR))
        let data = try handle.readToEnd() ?? Data()
        return try data.split(separator: 10).map { try JSONParser.parse([UInt8]($0)) }
    }
}
