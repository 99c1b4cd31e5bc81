import Foundation
import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import QEMULauncher

/// How helper programs are asked for, as data.
@Suite struct HelperPlanTests {
    private func domain(_ devices: String, shared: Bool = true) throws -> Domain {
        let memory = shared ? "<memoryBacking><access mode='shared'/></memoryBacking>" : ""
        let xml = "<domain type='qemu'><name>m</name><uuid>5a953599-a914-4252-b6c8-9974b8b3d84d</uuid>"
        return try Domain.read(Array((xml + memory + "<devices>\(devices)</devices></domain>").utf8), file: "m.xml")
            .checked()
    }

    private var host: HostFacts {
        var host = HostFacts()
        host.folders.machine = "/run/m"
        host.folders.passt = "/run/m"
        host.folders.tpm = "/state/swtpm"
        host.folders.logs = "/log"
        host.folders.logPrefix = "m"
        host.programs.swtpm = "/usr/bin/swtpm"
        host.programs.swtpmSetup = "/usr/bin/swtpm_setup"
        host.programs.passt = "/usr/bin/passt"
        host.programs.virtiofsd = "/usr/libexec/virtiofsd"
        return host
    }

    private func only(_ devices: String, _ host: HostFacts? = nil) throws -> HelperPlan {
        let (plans, problems) = HelperPlanner.plan(try domain(devices), host: host ?? self.host)
        #expect(problems.isEmpty)
        return try #require(plans.first)
    }

    private func problem(_ devices: String, _ host: HostFacts? = nil, shared: Bool = true) throws -> String {
        let (plans, problems) = HelperPlanner.plan(try domain(devices, shared: shared), host: host ?? self.host)
        #expect(plans.isEmpty)
        return problems.first?.message ?? ""
    }

    @Test("a TPM 2.0: manufactured in a draft once, then emulated; banks are chosen at each start")
    func tpm() throws {
        let banks = "<active_pcr_banks><sha256/><sha384/></active_pcr_banks>"
        let plan = try only(
            "<tpm><backend type='emulator' version='2.0' debug='5'>\(banks)</backend><alias name='tpm0'/></tpm>")
        let state = "/state/swtpm/5a953599-a914-4252-b6c8-9974b8b3d84d/tpm2"
        #expect(
            plan.arguments == [
                "socket", "--ctrl", "type=unixio,fd=3", "--tpmstate", "dir=\(state),mode=0600", "--terminate", "--log",
                "fd=2,level=5", "--tpm2",
            ])
        #expect(plan.socket == "/run/m/swtpm.sock")
        #expect(plan.listening == .inherited)
        #expect(plan.log == "/log/m-tpm0-swtpm.log")
        let make = try #require(plan.preparations.first { $0.draft != nil })
        #expect(make.draft == state + ".new")
        #expect(make.result == state)
        #expect(make.condition == .missing)
        #expect(make.arguments.starts(with: ["--tpm2", "--tpm-state", state + ".new"]))
        #expect(make.arguments.contains("sha256,sha384"))
        let again = try #require(plan.preparations.last)
        #expect(again.condition == .present)
        #expect(again.arguments.last == "--reconfigure")
        #expect(HelperPlan(json: plan.json) == plan)
    }

    @Test("a TPM 1.2 whose state is in a file that stays")
    func tpmFile() throws {
        let plan = try only(
            "<tpm><backend type='emulator' version='1.2'><source type='file' path='/x/tpm'/></backend></tpm>")
        #expect(plan.arguments.contains("backend-uri=file:///x/tpm,mode=0600"))
        #expect(!plan.arguments.contains("--tpm2"))
        #expect(plan.transientState == nil)
        #expect(plan.preparations.last?.arguments.contains("file:///x/tpm.new") == true)
    }

    private let share =
        "<filesystem type='mount'><driver type='virtiofs'/>%<source dir='/a,b'/><target dir='t'/></filesystem>"

    private func filesystem(_ more: String) -> String { share.replacingOccurrences(of: "%", with: more) }

    @Test("virtiofsd in the older and the newer way of writing options")
    func virtiofs() throws {
        let binary =
            "<binary xattr='on'><cache mode='none'/><sandbox mode='chroot'/><lock posix='off' flock='off'/>"
            + "<thread_pool size='4'/><openfiles max='99'/></binary>"
        let older = try only(filesystem(binary))
        #expect(
            older.arguments == [
                "--fd=3", "-f", "-o", "source=/a\\,b,cache=none,sandbox=chroot,xattr,no_flock,no_posix_lock",
                "--thread-pool-size=4", "--rlimit-nofile=99",
            ])
        var host = host
        host.programs.virtiofsdFeatures["/usr/libexec/virtiofsd"] = ["separate-options"]
        let newer = try only(filesystem(binary), host)
        #expect(
            newer.arguments == [
                "--fd=3", "--shared-dir", "/a,b", "--cache=never", "--sandbox=chroot", "--xattr",
                "--thread-pool-size=4", "--rlimit-nofile=99",
            ])
        #expect(try only(filesystem("<readonly/>"), host).arguments.last == "--readonly")
        #expect(try problem(filesystem("<readonly/>")).contains("read-only"))
        #expect(try problem(filesystem("<binary><lock posix='on'/></binary>"), host).contains("locks"))
        #expect(try only(filesystem("<binary path='/my/virtiofsd'/>")).executable == "/my/virtiofsd")
    }

    @Test("passt: the host's ports in its own notation")
    func passt() throws {
        let plan = try only(
            """
            <interface type='user'><source dev='eth0'/><ip address='10.0.0.5' prefix='24'/><backend type='passt' logFile='/l'/>
            <portForward proto='tcp' address='127.0.0.1' dev='lo'><range start='2222' to='22'/>
            <range start='8000' end='8010' to='80'/><range start='8005' exclude='yes'/></portForward>
            <portForward proto='udp'/><mtu size='1400'/><alias name='net0'/></interface>
            """)
        #expect(
            plan.arguments == [
                "--foreground", "--one-off", "--socket", "/run/m/net0.socket", "--log-file", "/l", "--mtu", "1400",
                "--interface", "eth0", "--address", "10.0.0.5", "--netmask", "24", "--tcp-ports",
                "127.0.0.1%lo/2222:22,8000-8010:80-90,~8005", "--udp-ports", "all",
            ])
        #expect(plan.listening == .own)
        var root = host
        root.programs.isPrivileged = true
        #expect(try only("<interface type='user'><backend type='passt'/></interface>", root).arguments.contains("0:0"))
    }

    @Test("what keeps a helper from being started is a sentence")
    func problems() throws {
        var bare = host
        bare.programs = HelperPrograms()
        let tpm = "<tpm><backend type='emulator' version='2.0'>%</backend></tpm>"
        #expect(
            try problem(tpm.replacingOccurrences(of: "%", with: ""), bare).contains("'swtpm', which is not installed"))
        #expect(
            try problem("<interface type='user'><backend type='passt'/></interface>", bare)
                .contains("'passt', which is not installed"))
        #expect(try problem(filesystem(""), bare).contains("'virtiofsd', which is not installed"))
        #expect(try problem(filesystem(""), shared: false).contains("memory to be shared"))
        let secret = "<encryption secret='5a953599-a914-4252-b6c8-9974b8b3d84e'/>"
        #expect(try problem(tpm.replacingOccurrences(of: "%", with: secret)).contains("can't be encrypted"))
        // A daemon that runs already is no helper of ours.
        let external = "<filesystem><driver type='virtiofs'/><source socket='/s'/><target dir='t'/></filesystem>"
        #expect(HelperPlanner.plan(try domain(external), host: bare).problems.isEmpty)
    }

    @Test("descriptors of vhost-user programs: later folders count more, an empty file hides")
    func descriptors() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("vmctl-vhost-\(Foundation.UUID())")
            .path
        defer { try? FileManager.default.removeItem(atPath: root) }
        for (path, text) in [
            ("low/10-a.json", #"{"type":"fs","binary":"/bin/false"}"#),
            ("low/20-b.json", #"{"type":"fs","binary":"/bin/true","features":["separate-options"]}"#),
            ("low/30-c.json", #"{"type":"gpu","binary":"/bin/sh"}"#), ("high/10-a.json", ""),
            ("high/30-c.json", #"{"type":"fs","binary":"/nowhere"}"#),
        ] {
            try Folders.make(root + "/" + (path.split(separator: "/").first ?? ""))
            try Files.write(Array(text.utf8), to: root + "/" + path)
        }
        let found = VhostUserDescriptor.all(in: [root + "/low", root + "/high"])
        #expect(found.map(\.binary) == ["/bin/true"])
        #expect(found.first?.features == ["separate-options"])
    }
}
