internal import Glibc
package import VMCore

/// Limits of what devices carry, as the program `tc` sets them in this process's network namespace.
package enum TrafficControl {
    /// The most of the program's words that an error repeats.
    private static let limit = 1 << 14

    private static func program() throws(VMError) -> NetworkProgram {
        try NetworkProgram("tc", package: "iproute2")
    }

    /// Whether limits could be set, as far as that shows beforehand.
    package static func check() throws(VMError) { _ = try program() }

    /// Gives a guest's device these limits in place of those that it has; nil takes them away.
    package static func limit(_ device: String, _ limits: TrafficLimits?) throws(VMError) {
        try replace(device, limits.map { TrafficRules.device(device, $0) } ?? [])
    }

    /// Gives a network's bridge these limits in place of those that it has.
    static func limit(
        bridge: String, _ limits: TrafficLimits?, _ guarantees: [TrafficRules.Guarantee]
    ) throws(VMError) {
        try replace(bridge, limits.map { TrafficRules.bridge(bridge, $0, guarantees) } ?? [])
    }

    private static func replace(_ device: String, _ lines: [String]) throws(VMError) {
        guard Network.isLinkName(device) else {
            throw .networkUnsupported("what a device named '\(device)' carries can't be limited")
        }
        let program = try program()
        // What isn't there can't be removed, which is no fault.
        _ = try run(program, ["-force"], TrafficRules.removal(device))
        guard !lines.isEmpty else { return }
        guard let said = try run(program, [], lines) else { return }
        _ = try? run(program, ["-force"], TrafficRules.removal(device))
        // The program says first what there is to say of the kernel.
        let line = said.split(whereSeparator: \.isNewline).first.map { String($0) } ?? "no answer"
        throw .networkUnsupported(
            "what '\(device)' carries can't be limited: \(line)",
            remedy: "see that the kernel has sch_htb, sch_ingress, cls_u32 and act_police, or leave <bandwidth> out")
    }

    /// - Returns: what the program said when it failed; nil when it didn't.
    private static func run(
        _ program: NetworkProgram, _ options: [String], _ lines: [String]
    ) throws(VMError) -> String? {
        let text = lines.map { $0 + "\n" }.joined()
        let input = try FileDescriptor.memory(Array(text.utf8), name: "vmctl-limits")
        let output = try FileDescriptor.memory([], name: "vmctl-tc")
        let process = try SpawnedProcess.spawn(
            SpawnRequest(
                executable: program.path, arguments: options + ["-batch", "-"],
                environment: [("LC_ALL", "C"), ("PATH", "/usr/sbin:/usr/bin")],
                descriptors: [.init(input.raw, as: 0), .init(output.raw, as: 1), .init(output.raw, as: 2)],
                workingDirectory: "/", diesWithParent: true))
        let exit = ProcessExit.wait(for: process.handle, until: .after(.seconds(20)))
        if exit == nil { sendSignal(SIGKILL, to: process.handle) }
        if exit == .exited(0) { return nil }
        lseek(output.raw, 0, SEEK_SET)
        return String(decoding: (try? output.readToEnd("tc", limit: limit)) ?? [], as: UTF8.self)
    }
}
