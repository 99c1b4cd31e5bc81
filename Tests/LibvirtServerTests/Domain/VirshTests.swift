import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// virsh, as Debian has it, on the server.
@Suite(.needs(.virsh, .qemu))
struct VirshTests {
    @Test
    func `A domain is defined, started, looked at, stopped and undefined`() throws {
        let bench = try ServerBench()
        #expect(try bench.virsh("define", try bench.file("web")).status == 0)
        #expect(try bench.virsh("list", "--all").text.contains("web"))
        #expect(try bench.virsh("domstate", "web").text.contains("shut off"))
        #expect(try bench.virsh("start", "web").status == 0)
        #expect(try bench.virsh("domstate", "web").text.contains("running"))
        let uuid = try bench.virsh("domuuid", "web").text.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(UUID(uuidString: uuid) != nil)
        #expect(try bench.virsh("domid", uuid).text.hasPrefix("1"))
        #expect(try bench.virsh("suspend", "web").status == 0)
        #expect(try bench.virsh("domstate", "web", "--reason").text.contains("paused (user)"))
        #expect(try bench.virsh("destroy", "web").status == 0)
        #expect(try bench.virsh("undefine", "web").status == 0)
        #expect(try !bench.virsh("list", "--all").text.contains("web"))
    }

    @Test
    func `What the manager does is seen by clients, and what they do by it`() throws {
        let bench = try ServerBench()
        try bench.bench.define("ours")
        #expect(try bench.virsh("list", "--all", "--name").text.contains("ours"))
        try bench.virsh("define", try bench.file("theirs"))
        #expect(try bench.manager.list(.all).map(\.name).sorted() == ["ours", "theirs"])
    }

    @Test
    func `A domain that isn't there is told in libvirt's words`() throws {
        let bench = try ServerBench()
        let outcome = try bench.virsh("dominfo", "nosuch")
        #expect(outcome.status == 1)
        #expect(outcome.text.contains("failed to get domain 'nosuch'"))
    }

    @Test
    func `The socket for reading refuses what changes something`() throws {
        let bench = try ServerBench()
        try bench.bench.define("web")
        #expect(try bench.virsh("list", "--all", socket: bench.readOnlySocket).text.contains("web"))
        let refused = try bench.virsh("undefine", "web", socket: bench.readOnlySocket)
        #expect(refused.status == 1)
        #expect(refused.text.contains("read only access prevents virDomainUndefine"))
        #expect(try bench.manager.list(.all).count == 1)
    }

    @Test
    func `What nobody has made is none`() throws {
        let bench = try ServerBench()
        for list in ["net-list", "pool-list", "secret-list", "nodedev-list", "iface-list", "nwfilter-list"] {
            #expect(try bench.virsh(list).status == 0, "\(list)")
        }
        #expect(try bench.virsh("net-info", "default").text.contains("failed to get network 'default'"))
    }

    @Test(.needs(.root))
    func `Another user's connection is hung up`() throws {
        let bench = try ServerBench()
        chmod(bench.bench.folder, 0o755)
        chmod(bench.socket, 0o666)
        let outcome = try ServerBench.run(
            "/usr/bin/setpriv",
            ["--reuid=65534", "--clear-groups", "/usr/bin/virsh", "-c", bench.uri(bench.socket), "list"])
        // An error, or SIGPIPE: the connection may be gone before virsh has said its first word.
        #expect(outcome.status != 0)
        #expect(!outcome.text.contains("State"))
        #expect(try bench.virsh("list").status == 0)
    }
}
