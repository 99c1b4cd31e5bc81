import Foundation
import Testing
import VMCore

@testable import VMNetwork

@Suite("What dnsmasq may use", .enabled(if: Landlock.version != nil, "needs a kernel with Landlock"))
struct NameServerConfinementTests {
    /// Whether a shell command ends well under the rules of a configuration.
    private func run(_ command: String, _ folder: HolderFolder, _ configuration: String) throws -> Bool {
        var request = SpawnRequest(executable: "/bin/sh", arguments: ["-c", command])
        let process: SpawnedProcess
        switch try NameServer.rules(folder, configuration) {
        case .some(let rules):
            request.ruleset = rules.raw
            process = try SpawnedProcess.spawn(request)
        case .none: process = try SpawnedProcess.spawn(request)
        }
        return ProcessExit.wait(for: process.handle, until: .after(.seconds(10))) == .exited(0)
    }

    @Test("its own files and those that it serves, no others; what the document adds isn't foreseen")
    func files() throws {
        let place = NSTemporaryDirectory() + "vmctl-names-\(UInt32.random(in: 0 ... .max))"
        defer { Folders.removeTree(place) }
        let folder = HolderFolder(path: place + "/own")
        for path in [folder.path, place + "/served"] { try Folders.make(path) }
        for path in [folder.configuration, place + "/served/kernel", place + "/secret"] {
            try Files.write([65, 10], to: path, durable: false)
        }
        let served = "interface=virbr0\ntftp-root=\(place)/served\n"
        #expect(try run("cat \(folder.configuration) && echo >> \(folder.leases)", folder, served))
        #expect(try run("cat \(place)/served/kernel && cat /etc/passwd > /dev/null", folder, served))
        #expect(try !run("cat \(place)/served/kernel", folder, "interface=virbr0\n"))
        #expect(try !run("echo >> \(place)/served/kernel", folder, served))
        #expect(try !run("cat \(place)/secret", folder, served))
        #expect(try run("cat \(place)/secret", folder, served + DnsmasqConfiguration.ownLinesFollow + "\nlog-dhcp\n"))
    }
}
