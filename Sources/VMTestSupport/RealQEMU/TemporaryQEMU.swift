internal import Glibc
public import MonitorJSON
public import VMCore

/// A real QEMU with a monitor, killed when the last reference goes: for tests that want the real thing without a domain.
public final class TemporaryQEMU {
    /// An executable that can be run here.
    public struct Build: Sendable, Hashable, CustomStringConvertible {
        public let name: String
        public let executable: String
        public var description: String { name }
    }

    /// The machine's own QEMU and the one that `scripts/fetch-qemu10` puts under `build` (or that `VMCTL_QEMU10` names),
    /// as far as they are there.
    public static let builds: [Build] = {
        var root = #filePath[...]
        for _ in 0..<4 { root = root[..<(root.lastIndex(of: "/") ?? root.startIndex)] }
        let newer = getenv("VMCTL_QEMU10").map { String(cString: $0) } ?? root + "/build/qemu-10/bin/qemu-system-x86_64"
        let candidates = [
            Build(name: "system", executable: "/usr/bin/qemu-system-x86_64"), Build(name: "10", executable: newer),
        ]
        return candidates.filter { access($0.executable, X_OK) == 0 }
    }()

    public static var isThere: Bool { !builds.isEmpty }

    /// A folder that goes with the QEMU.
    public let folder: String
    private let process: SpawnedProcess

    /// Where its monitor listens, unless the arguments say otherwise.
    public var address: MonitorAddress { .unix(path: folder + "/qmp.sock") }

    /// The path of ``address``.
    public var socketPath: String { folder + "/qmp.sock" }

    public var processID: Int32 { process.identity.pid }

    /// Starts QEMU; it may not listen yet when this returns.
    ///
    /// - Parameters:
    ///   - arguments: The machine.
    ///   - monitor: Arguments that make the monitor; `FOLDER` in them stands for ``folder``.
    ///   - descriptors: What QEMU inherits beside its standard error.
    public init(
        _ build: Build, arguments: [String] = ["-M", "none"],
        monitor: [String] = ["-qmp", "unix:FOLDER/qmp.sock,server=on,wait=off"],
        descriptors: [SpawnRequest.Descriptor] = []
    ) throws(VMError) {
        folder = "/tmp/vmctl-qemu-\(UInt32.random(in: 0 ... .max))"
        guard mkdir(folder, 0o700) == 0 else { throw .system("can't make the folder \(folder)", errno: errno) }
        let place = folder
        let log = open(folder + "/stderr", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(log) }
        let request = SpawnRequest(
            executable: build.executable,
            arguments: ["-display", "none", "-nodefaults", "-no-user-config"]
                + arguments.map { Self.replace("FOLDER", by: place, in: $0) }
                + monitor.map { Self.replace("FOLDER", by: place, in: $0) },
            descriptors: descriptors + [.init(log, as: 2)])
        process = try SpawnedProcess.spawn(request)
    }

    deinit {
        _ = sendSignal(SIGKILL, to: process.handle)
        _ = ProcessExit.wait(for: process.handle, until: .after(.seconds(10)))
        for name in Self.names(in: folder) { unlink(folder + "/" + name) }
        rmdir(folder)
    }

    /// Whether the process has not ended yet.
    public var isRunning: Bool { process.identity.isAlive }

    /// What QEMU has written to its standard error.
    public var errorOutput: String {
        guard let file = fopen(folder + "/stderr", "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Sends a signal such as `SIGSTOP`.
    public func signal(_ number: Int32) { _ = sendSignal(number, to: process.handle) }

    /// Connects as soon as QEMU listens.
    ///
    /// - Parameter address: Another one than ``address``.
    public func connect(
        to address: MonitorAddress? = nil, configuration: MonitorSession.Configuration = .init(),
        deadline: Deadline = .after(.seconds(20))
    ) throws(VMError) -> BlockingMonitor {
        let address = address ?? self.address
        while true {
            // Typed errors that are inspected and thrown on are kept in a result.
            let result = Result<BlockingMonitor, VMError> { () throws(VMError) in
                try BlockingMonitor(connectingTo: address, configuration: configuration, deadline: deadline)
            }
            guard case .failure(let error) = result, error.code == .connection, !deadline.hasPassed else {
                return try result.get()
            }
            guard isRunning else {
                throw VMError(.launchFailed, "QEMU ended before it listened: \(errorOutput)")
            }
            Poll.sleep(.milliseconds(2))
        }
    }

    /// Waits until the monitor has served a client.
    public func waitUntilReady() throws(VMError) { try connect().close() }

    private static func replace(_ word: String, by text: String, in whole: String) -> String {
        var result = ""
        var rest = whole[...]
        while !rest.isEmpty {
            if rest.hasPrefix(word) {
                result += text
                rest = rest.dropFirst(word.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
