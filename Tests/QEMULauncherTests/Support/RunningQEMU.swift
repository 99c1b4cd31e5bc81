import Foundation
import VMCore

/// A QEMU that keeps running until `stop`.
final class RunningQEMU {
    struct Failure: Error, CustomStringConvertible { let description: String }

    static let socat = ["/usr/bin/socat", "/usr/local/bin/socat"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private let process: Process
    private let folder: TemporaryFolder

    /// Starts it and waits until it listens at the socket `path`, whose file is there a moment before.
    init(_ qemu: RealQEMU, _ arguments: [String], until path: String) throws {
        process = qemu.process(["-S", "-nodefaults", "-nographic", "-no-user-config"] + arguments)
        folder = try TemporaryFolder()
        let errors = try folder.write("", to: "err")
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let limit = Date() + 20
        while (try? Socket.connect(to: .unix(path: path), deadline: .after(.seconds(1)))) == nil {
            guard process.isRunning, Date() < limit else {
                kill(process.processIdentifier, SIGKILL)
                let text = try String(contentsOfFile: errors, encoding: .utf8)
                throw Failure(description: "QEMU does not listen at \(path): \(text)")
            }
            usleep(5_000)
        }
    }

    func stop() {
        // Not SIGTERM: Foundation starts children with it blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        folder.remove()
    }
}
