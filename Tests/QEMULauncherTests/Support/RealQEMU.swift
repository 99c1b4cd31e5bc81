import Foundation
import Testing
import VMJSON

/// A QEMU of this machine, started for one conversation over its standard input and output.
struct RealQEMU: Sendable, Equatable, CustomTestStringConvertible {
    let path: String

    var testDescription: String { path }

    /// Debian's QEMU, and QEMU 10 where `scripts/fetch-qemu10` has put it.
    static let all: [RealQEMU] = [installed, unpacked].compactMap { $0 }

    static let installed: RealQEMU? = {
        let path = "/usr/bin/qemu-system-x86_64"
        return FileManager.default.isExecutableFile(atPath: path) ? RealQEMU(path: path) : nil
    }()

    static let unpacked: RealQEMU? = {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let path = root.appendingPathComponent("build/qemu-10/bin/qemu-system-x86_64").path
        return FileManager.default.isExecutableFile(atPath: path) ? RealQEMU(path: path) : nil
    }()

    /// Starts the process, with `input` on its standard input.
    func process(_ arguments: [String], extraEnvironment: [String: String] = [:]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(extraEnvironment) { $1 }
        return process
    }

    struct Conversation {
        /// The `return` of each command, or its `error`.
        var replies: [JSONValue]
        var standardError: String
        var status: Int32
    }

    /// Runs the commands on a machine without anything, or the one `arguments` describe, and quits.
    func ask(_ arguments: [String], commands: [(String, JSONObject)]) throws -> Conversation {
        let process = process(["-S", "-nodefaults", "-nographic", "-no-user-config", "-qmp", "stdio"] + arguments)
        var text = #"{"execute":"qmp_capabilities"}"#
        for (command, arguments) in commands {
            let request: JSONObject = ["execute": .string(command), "arguments": .object(arguments)]
            text += "\n" + request.description
        }
        text += "\n" + #"{"execute":"quit"}"# + "\n"
        let (replies, complaint) = try process.run(input: text)
        let values = try replies.split(whereSeparator: \.isNewline).compactMap { line -> JSONValue? in
            // A terminal of a pty is announced between the messages.
            guard line.hasPrefix("{") else { return nil }
            let message = try JSONParser.parse(Array(line.utf8))
            return message["return"] ?? message["error"]
        }
        return Conversation(
            replies: Array(values.dropFirst().prefix(commands.count)),
            standardError: complaint, status: process.terminationStatus)
    }
}

extension Process {
    /// Runs to the end with `input`, gives standard output and standard error. Files rather than pipes: processes
    /// started at the same time by other tests would inherit a pipe and keep it open.
    func run(input: String) throws -> (output: String, errors: String) {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.write(input, to: "in")))
        let (output, errors) = (try folder.write("", to: "out"), try folder.write("", to: "err"))
        standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        try run()
        waitUntilExit()
        return (try text(of: output), try text(of: errors))
    }

    private func text(of file: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
    }
}
