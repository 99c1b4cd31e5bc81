import Foundation
import VMCore
import VMJSON

/// The built program, run in a home of its own that goes, with every machine in it, when the test is over.
final class Program: Sendable {
    /// What one run came to.
    struct Result {
        var status: Int32
        var output: String
        var errors: String

        /// The document that `--output json` printed.
        var json: JSONValue { (try? JSONParser.parse(output)) ?? .null }
    }

    /// The folder that stands for all of a user's.
    let home: String

    static let executable: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("vmctl").path
    }()

    /// The checkout.
    static let project = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path

    static var hasQEMU: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-system-x86_64") }
    static var hasGuest: Bool { FileManager.default.fileExists(atPath: project + "/build/guest/disk.qcow2") }

    init() {
        home = NSTemporaryDirectory() + "vmctl-test-" + String(UInt64.random(in: 0...(.max)), radix: 36)
        try? FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    }

    deinit {
        for name in run("list", "--name").output.split(separator: "\n") { _ = run("destroy", String(name)) }
        try? FileManager.default.removeItem(atPath: home)
    }

    /// Runs the program to its end.
    func run(_ words: String..., input: String = "") -> Result { run(words, input: input) }

    func run(
        _ words: [String], input: String = "", environment: [String: String] = [:],
        executable: String = Program.executable
    ) -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = words
        process.currentDirectoryURL = URL(fileURLWithPath: Self.project)
        process.environment = ProcessInfo.processInfo.environment
            .merging(["VMCTL_HOME": home]) { $1 }.merging(environment) { $1 }
        let (source, output, errors) = (Foundation.Pipe(), Foundation.Pipe(), Foundation.Pipe())
        process.standardInput = source
        process.standardOutput = output
        process.standardError = errors
        // A program that reads nothing of its input, or has ended, must not end the tests.
        ignoreBrokenPipes()
        do { try process.run() } catch { return Result(status: -1, output: "", errors: "\(error)") }
        try? source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? source.fileHandleForWriting.close()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaint, as: UTF8.self))
    }

    /// Runs another program and gives all that it says.
    static func tool(_ words: [String]) -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        let pipe = Foundation.Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try? process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }

    /// Writes a file into the home and gives its path.
    func file(_ name: String, _ text: String) throws -> String {
        let path = home + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// A machine without disks that boots nothing: the quickest to start.
    func domain(
        _ name: String, devices: String = "", os: String = "", machine: String = "pc", type: String = "qemu"
    ) throws -> String {
        try file(
            "\(name).xml",
            """
            <domain type='\(type)'>
              <name>\(name)</name>
              <memory unit='MiB'>32</memory>
              <vcpu>1</vcpu>
              <os><type arch='x86_64' machine='\(machine)'>hvm</type>\(os)</os>
              <devices>\(devices)</devices>
            </domain>
            """)
    }
}
