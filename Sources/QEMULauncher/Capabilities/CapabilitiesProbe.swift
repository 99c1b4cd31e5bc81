internal import Glibc
internal import MonitorJSON
public import VMCore
internal import VMJSON

extension Capabilities {
    /// Asks a QEMU binary: starts it with an empty machine, once for each accelerator, and talks to it over a socket
    /// pair.
    ///
    /// - Parameters:
    ///   - emulator: The binary's path.
    ///   - record: When given, is handed the conversation in the form that ``replay(_:)`` takes.
    ///   - deadline: By when all answers must be there.
    /// - Throws: `launchFailed` with QEMU's own last words when it doesn't run; `timeout`.
    public static func probe(
        emulator: String, record: ((_ bytes: [UInt8]) throws(VMError) -> Void)? = nil,
        deadline: Deadline = .after(.seconds(60))
    ) throws(VMError) -> Capabilities {
        var digest = CapabilitiesDigest()
        var main = try ProbedQEMU(emulator, accelerators: "kvm:tcg", records: record != nil, deadline: deadline)
        let accelerator = try digest.takeMain(&main)
        main.end()
        var transcript = main.transcript
        if accelerator != .tcg {
            var emulation = try ProbedQEMU(emulator, accelerators: "tcg", records: record != nil, deadline: deadline)
            try digest.takeEmulation(&emulation)
            emulation.end()
            transcript += emulation.transcript
        }
        if let record { try record(transcript) }
        return try digest.finish()
    }
}

/// A QEMU that runs only to be asked.
private final class ProbedQEMU: QMPConversation {
    private let monitor: BlockingMonitor
    private let process: SpawnedProcess
    private let deadline: Deadline
    private let records: Bool
    private var number = 0
    /// What was said, when it is recorded.
    private(set) var transcript: [UInt8] = []

    /// The descriptor under which QEMU finds its end of the socket pair.
    private static let monitorDescriptor: Int32 = 3

    init(_ emulator: String, accelerators: String, records: Bool, deadline: Deadline) throws(VMError) {
        let complaints = try FileDescriptor.memory([], name: "qemu-stderr")
        self.deadline = deadline
        self.records = records
        let started = try Self.start(emulator, accelerators, complaints.raw)
        process = started.process
        do throws(VMError) {
            monitor = try BlockingMonitor(over: started.socket, named: emulator, deadline: deadline)
        } catch {
            sendSignal(SIGKILL, to: process.handle)
            let exit = ProcessExit.wait(for: process.handle, until: .after(.seconds(5)))
            throw Self.failure(emulator, exit, complaints, error)
        }
        if records { note("qmp_capabilities", [:], .success([:])) }
    }

    /// Starts QEMU with one end of a socket pair as its monitor. Its end is closed here, so that its death ends the
    /// session.
    private static func start(
        _ emulator: String, _ accelerators: String, _ complaints: Int32
    ) throws(VMError) -> Started {
        let pair = try Socket.pair()
        let request = SpawnRequest(
            executable: emulator,
            arguments: [
                "-S", "-no-user-config", "-nodefaults", "-nographic", "-machine", "none,accel=\(accelerators)",
                "-chardev", "socket,id=qmp,fd=\(monitorDescriptor)", "-mon", "chardev=qmp,mode=control",
            ],
            descriptors: [.init(pair.second.raw, as: monitorDescriptor), .init(complaints, as: STDERR_FILENO)],
            diesWithParent: true)
        let process = try SpawnedProcess.spawn(request)
        return Started(process: process, socket: FileDescriptor(owning: pair.first.release()))
    }

    private struct Started: ~Copyable {
        let process: SpawnedProcess
        let socket: FileDescriptor
    }

    func ask(_ command: String, _ arguments: JSONObject) throws(VMError) -> JSONValue? {
        let answer = try monitor.attempt(command, arguments, deadline: deadline)
        if records { note(command, arguments, answer) }
        return try? answer.get()
    }

    /// Ends QEMU, which holds nothing worth a polite goodbye.
    func end() {
        sendSignal(SIGKILL, to: process.handle)
        _ = ProcessExit.wait(for: process.handle, until: .after(.seconds(5)))
    }

    deinit { sendSignal(SIGKILL, to: process.handle) }

    private func note(_ command: String, _ arguments: JSONObject, _ answer: Result<JSONValue, QMPError>) {
        number += 1
        let id = JSONValue.string("vmctl-\(number)")
        var question: JSONObject = ["execute": .string(command)]
        if !arguments.isEmpty { question["arguments"] = .object(arguments) }
        question["id"] = id
        var reply: JSONObject = [:]
        switch answer {
        case .success(let value): reply["return"] = value
        case .failure(let error):
            reply["error"] = error.json
        }
        reply["id"] = id
        for message in [question, reply] {
            transcript += Array(JSONValue.object(message).prettyDescription.utf8)
            transcript += Array("\n\n".utf8)
        }
    }

    private static func failure(
        _ emulator: String, _ exit: ProcessExit?, _ complaints: borrowing FileDescriptor, _ error: VMError
    ) -> VMError {
        lseek(complaints.raw, 0, SEEK_SET)
        let bytes = (try? complaints.readToEnd("QEMU's standard error", limit: 1 << 20)) ?? []
        let words = String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(3).joined(separator: "; ")
        let how = exit.map { ": \($0)" } ?? ""
        return VMError(
            .launchFailed,
            words.isEmpty ? "'\(emulator)' does not answer\(how)" : "'\(emulator)' does not run: \(words)",
            remedy: "check that it is a QEMU system emulator", cause: error)
    }
}
