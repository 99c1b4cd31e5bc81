internal import Glibc
package import VMCore

/// A program that works for a network. It is looked for where only root may have put it, not in `PATH`, which is the
/// caller's.
package struct NetworkProgram: Sendable {
    private static let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"]

    package let path: String

    /// - Throws: `unsupported` when it isn't installed.
    package init(_ name: String, package: String) throws(VMError) {
        guard let found = Self.find(name) else {
            throw .networkUnsupported(
                "the program '\(name)' is not installed", remedy: "install the package \(package)")
        }
        path = found
    }

    package static func find(_ name: String) -> String? {
        folders.lazy.map { $0 + "/" + name }
            .first { Files.kind($0) == .file && access($0, X_OK) == 0 && OwnFolders.isRootsAlone($0) }
    }

    static func dnsmasq() throws(VMError) -> NetworkProgram {
        try NetworkProgram("dnsmasq", package: "dnsmasq-base")
    }
    static func nft() throws(VMError) -> NetworkProgram { try NetworkProgram("nft", package: "nftables") }
    static func slirp() throws(VMError) -> NetworkProgram {
        try NetworkProgram("slirp4netns", package: "slirp4netns")
    }
}

/// nftables, as the program `nft` loads it.
enum Firewall {
    /// The most of the program's words that an error repeats.
    private static let limit = 1 << 14

    /// Loads rules, all or none.
    static func load(_ rules: String, _ program: NetworkProgram? = nil) throws(VMError) {
        let path: String
        if let program { path = program.path } else { path = try NetworkProgram.nft().path }
        let input = try FileDescriptor.memory(Array(rules.utf8), name: "vmctl-rules")
        let output = try FileDescriptor.memory([], name: "vmctl-nft")
        let process = try SpawnedProcess.spawn(
            SpawnRequest(
                executable: path, arguments: ["-f", "-"],
                environment: [("LC_ALL", "C"), ("PATH", "/usr/sbin:/usr/bin")],
                descriptors: [.init(input.raw, as: 0), .init(output.raw, as: 1), .init(output.raw, as: 2)],
                workingDirectory: "/", diesWithParent: true))
        let exit = ProcessExit.wait(for: process.handle, until: .after(.seconds(20)))
        if exit == nil { sendSignal(SIGKILL, to: process.handle) }
        guard exit == .exited(0) else {
            lseek(output.raw, 0, SEEK_SET)
            let said = (try? output.readToEnd("nft", limit: limit)) ?? []
            let lines = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline)
            throw .networkFailure(
                "nft did not take the network's rules: " + (lines.first.map { String($0) } ?? "no answer"),
                remedy: "see that the kernel has nftables, and that you may use it")
        }
    }
}
