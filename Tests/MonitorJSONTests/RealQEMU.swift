import Foundation
import MonitorJSON
import VMCore

/// A real QEMU with a monitor and no machine, gone when it goes out of scope.
final class RealQEMU {
    /// An executable that can be run here, with what it needs around it.
    struct Build: Sendable, CustomStringConvertible {
        let name: String
        let executable: String
        let arguments: [String]
        let environment: [String: String]
        var description: String { name }
    }

    /// The distribution's QEMU and, where it has been fetched, version 10.
    static let builds: [Build] = {
        var found: [Build] = []
        let system = "/usr/bin/qemu-system-x86_64"
        if FileManager.default.isExecutableFile(atPath: system) {
            found.append(Build(name: "system", executable: system, arguments: [], environment: [:]))
        }
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let root = ProcessInfo.processInfo.environment["VMCTL_QEMU10"] ?? checkout + "/build/qemu-10"
        let newer = root + "/usr/bin/qemu-system-x86_64"
        if FileManager.default.isExecutableFile(atPath: newer) {
            found.append(
                Build(
                    name: "10", executable: newer,
                    arguments: ["-L", root + "/usr/share/qemu", "-L", root + "/usr/share/seabios"],
                    environment: ["QEMU_MODULE_DIR": root + "/usr/lib/x86_64-linux-gnu/qemu"]))
        }
        return found
    }()

    static var isThere: Bool { !builds.isEmpty }

    let folder: String
    let process = Process()
    var socketPath: String { folder + "/qmp.sock" }
    var address: MonitorAddress { .unix(path: socketPath) }

    /// - Parameter monitor: The text behind `-qmp unix:PATH,server=on,wait=off`.
    init(
        _ build: Build, arguments: [String] = ["-M", "none"], monitor: [String]? = nil
    ) throws {
        folder = NSTemporaryDirectory() + "vmctl-qemu-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        process.executableURL = URL(fileURLWithPath: build.executable)
        process.arguments =
            build.arguments + arguments + ["-display", "none", "-nodefaults", "-no-user-config"]
            + (monitor ?? ["-qmp", "unix:\(folder)/qmp.sock,server=on,wait=off"])
        process.environment = ProcessInfo.processInfo.environment.merging(build.environment) { $1 }
        process.standardError =
            FileManager.default.createFile(atPath: folder + "/stderr", contents: nil)
            ? FileHandle(forWritingAtPath: folder + "/stderr") : nil
        try process.run()
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Connects as soon as QEMU listens.
    func connect(
        to address: MonitorAddress? = nil, configuration: MonitorSession.Configuration = .init()
    ) throws -> BlockingMonitor {
        let deadline = Deadline.after(.seconds(20))
        while true {
            let result = Result<BlockingMonitor, VMError> { () throws(VMError) in
                try BlockingMonitor(
                    connectingTo: address ?? self.address, configuration: configuration, deadline: deadline)
            }
            if case .failure(let error) = result, error.code == .connection, process.isRunning, !deadline.hasPassed {
                usleep(2000)
                continue
            }
            return try result.get()
        }
    }
}
