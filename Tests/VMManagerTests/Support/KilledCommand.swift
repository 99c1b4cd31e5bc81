import Foundation

/// vmctl, which is killed at one of its steps.
enum KilledCommand {
    private static var program: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return ProcessInfo.processInfo.environment["VMCTL_TEST_EXECUTABLE"]
            ?? (own as NSString).deletingLastPathComponent + "/vmctl"
    }

    /// Runs a command with all that it keeps below a folder.
    ///
    /// - Returns: whether it was killed at that point.
    static func run(_ folder: String, _ arguments: [String], killedAt point: String) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = [
            "VMCTL_HOME": folder, "VMCTL_FAILPOINT": point, "PATH": "/usr/bin:/bin", "HOME": folder,
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal
    }
}
