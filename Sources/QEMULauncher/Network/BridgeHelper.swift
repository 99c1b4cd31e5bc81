internal import Glibc
package import VMCore

/// QEMU's `qemu-bridge-helper`: makes a tap device on one of the bridges that /etc/qemu/bridge.conf allows.
package enum BridgeHelper {
    package static let places = [
        "/usr/libexec/qemu-bridge-helper", "/usr/lib/qemu/qemu-bridge-helper", "/usr/lib/qemu-bridge-helper",
    ]

    private static func program() throws(VMError) -> String {
        guard let program = places.first(where: { access($0, X_OK) == 0 }) else {
            throw VMError(
                .unsupported,
                "this user may not make network devices, and 'qemu-bridge-helper', which may, is not installed",
                remedy: "install the package qemu-system-common, or use <interface type='user'>")
        }
        return program
    }

    /// Whether the helper could make a device, as far as that shows without running it: it needs its setuid bit (or the
    /// right itself), and a list of bridges that permits this one.
    package static func check(bridge: String) throws(VMError) {
        let program = try program()
        var status = stat()
        if stat(program, &status) == 0, status.st_mode & S_ISUID == 0, !Files.hasCapabilities(program) {
            throw VMError(
                .unsupported, "'\(program)' lacks its setuid bit, so it can make no network devices",
                remedy: "give it that with 'chmod u+s \(program)'")
        }
        // What this user may not read isn't known.
        guard let permits = BridgeList.permits(bridge, file: "/etc/qemu/bridge.conf"), !permits else { return }
        throw VMError(
            .unsupported, "/etc/qemu/bridge.conf does not permit the bridge '\(bridge)'",
            remedy: "add the line 'allow \(bridge)' to it")
    }

    /// - Throws: `unsupported` when there is no helper; `io` with its own words when it refuses.
    static func open(
        bridge: String, carriesVirtioHeader: Bool, deadline: Deadline = .after(.seconds(5))
    ) throws(VMError) -> FileDescriptor {
        let program = try program()
        let (ours, theirs) = try Socket.pair().release()
        let mine = FileDescriptor(owning: ours)
        let other = FileDescriptor(owning: theirs)
        Socket.setBlocking(other.raw)
        var words = try Pipe()
        let process = try SpawnedProcess.spawn(
            SpawnRequest(
                executable: program,
                arguments: (carriesVirtioHeader ? ["--use-vnet"] : []) + ["--br=\(bridge)", "--fd=3"],
                descriptors: [.init(other.raw, as: 3), .init(words.writer, as: 2)], workingDirectory: "/"))
        words.closeWriter()
        let said = words.readToEnd(limit: 1 << 16, deadline: deadline)
        if said == nil { sendSignal(SIGKILL, to: process.handle) }
        let exit = ProcessExit.wait(for: process.handle, until: .after(.seconds(1)))
        var found: [Int32] = []
        var room = [UInt8](repeating: 0, count: 16)
        room.withUnsafeMutableBytes { _ = Socket.receive(into: $0, descriptors: &found, from: mine.raw) }
        guard exit == .exited(0), let raw = found.first else {
            for raw in found { close(raw) }
            let text = String(decoding: said ?? [], as: UTF8.self).split(separator: "\n").joined(separator: "; ")
            throw VMError(
                .io, "'\(program)' made no device on the bridge '\(bridge)': \(text.isEmpty ? "no answer" : text)",
                remedy:
                    "the line 'allow \(bridge)' in /etc/qemu/bridge.conf permits it; the program needs its setuid bit")
        }
        for raw in found.dropFirst() { close(raw) }
        return FileDescriptor(owning: raw)
    }
}
