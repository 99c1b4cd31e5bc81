import Foundation
import TestNeeds
import Testing
import VMCore
import VMJSON

@testable import QEMULauncher

@Suite(.needs(.corpus))
struct ReplayTests {
    @Test("every recorded conversation replays", arguments: Corpus.recordings)
    func all(path: String) throws {
        let capabilities = try Capabilities.replay([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        let name = path.split(separator: "/").last ?? ""
        #expect(capabilities.version.major >= 6)
        #expect(name.contains(capabilities.architecture))
        #expect(capabilities.supports(.tcg))
        for accelerator in capabilities.accelerators {
            #expect(capabilities.machines(accelerator).count > 2)
            if capabilities.target != "sparc" { #expect(!capabilities.cpuModels(accelerator).isEmpty) }
        }
        #expect(capabilities.has(type: "memory-backend-ram"))
        #expect(!capabilities.has(type: "memory-backend-nonsense"))
        #expect(capabilities.accepts(command: "blockdev-add", argument: "+qcow2/backing"))
        #expect(Capabilities(serialized: capabilities.serialized) == capabilities)
    }

    @Test("accelerators follow query-kvm and the second session")
    func accelerators() throws {
        func accelerators(_ name: String) throws -> [Accelerator] {
            try Capabilities.replay(Corpus.recording(name)).accelerators
        }
        #expect(try accelerators("caps_10.0.0_x86_64.latest.replies") == [.kvm, .tcg])
        #expect(try accelerators("caps_7.2.0_x86_64+hvf.latest.replies") == [.hvf, .tcg])
        #expect(try accelerators("caps_9.1.0_riscv64.latest.replies") == [.tcg])
        #expect(try !accelerators("caps_8.2.0_aarch64.latest.no-kvm.gic23.replies").contains(.kvm))
    }

    @Test("an appended answer about interrupt controllers replaces the first")
    func gic() throws {
        let capabilities = try Capabilities.replay(Corpus.recording("caps_8.2.0_aarch64.latest.gic3.replies"))
        #expect(capabilities.gic == [Capabilities.GIC(version: 3, emulated: true, kernel: true)])
    }

    @Test("questions about x86_64 10.0 are answered as its conversation says")
    func questions() throws {
        let q = try Capabilities.replay(Corpus.recording("caps_10.0.0_x86_64.latest.replies"))
        #expect(q.has(device: "virtio-blk-pci", property: "disable-legacy"))
        #expect(!q.has(device: "virtio-blk-pci", property: "disable-nonsense"))
        #expect(q.has(object: "memory-backend-file", property: "prealloc-threads"))
        #expect(q.has(machine: "pc", property: "hpet"))
        #expect(q.has(machine: "pc-q35-9.0", property: "dump-guest-core"))
        #expect(!q.has(machine: "pc", property: "gic-version"))
        #expect(q.has(option: "sandbox", parameter: "obsolete"))
        #expect(q.accepts(command: "device_add", argument: "$json-cli-hotplug"))
        #expect(q.accepts(command: "netdev_add", argument: "type/=stream"))
        #expect(q.accepts(command: "netdev_add", argument: "+stream/reconnect-ms"))
        #expect(!q.accepts(command: "netdev_add", argument: "+stream/nonsense"))
        #expect(q.accepts(command: "blockdev-add", argument: "+file/aio/=io_uring"))
        #expect(q.accepts(command: "blockdev-add", argument: "+rbd/encrypt/+luks2/key-secret"))
        #expect(!q.accepts(command: "no-such-command"))
        #expect(q.returns(command: "query-status", member: "running"))
        #expect(q.emits(event: "SHUTDOWN", member: "reason/=host-qmp-quit"))
        #expect(q.values(command: "object-add", argument: "qom-type").contains("secret"))
        #expect(q.argvSyntax == .modern)
        #expect(q.tpmModels == ["tpm-crb", "tpm-tis"])
        #expect(q.audioBackends.contains("none"))
        #expect(q.migrationCapabilities.contains("xbzrle"))
    }

    @Test(
        "what one machine of a family takes, all take",
        arguments: ["pc", "q35", "pc-i440fx-4.0", "pc-q35-9.0"])
    func machineFamilies(name: String) throws {
        let q = try Capabilities.replay(Corpus.recording("caps_10.0.0_x86_64.latest.replies"))
        #expect(q.has(machine: name, property: "hpet"))
        #expect(!q.has(machine: name, property: "gic-version"))
    }

    @Test("older QEMUs take fewer options as JSON")
    func syntax() throws {
        let old = try Capabilities.replay(Corpus.recording("caps_6.2.0_x86_64.replies")).argvSyntax.json
        #expect(!old.contains(.device) && !old.contains(.netdev) && old.contains(.object))
        let middle = try Capabilities.replay(Corpus.recording("caps_7.1.0_x86_64.replies")).argvSyntax.json
        #expect(middle.contains(.device) && !middle.contains(.netdev))
    }

    @Test("machines are found by name and by alias, CPUs by name")
    func machinesAndCPUs() throws {
        let q = try Capabilities.replay(Corpus.recording("caps_7.2.0_x86_64.replies"))
        #expect(q.machine("pc", .kvm)?.name == "pc-i440fx-7.2")
        #expect(q.machine("pc-i440fx-7.2", .tcg)?.defaultRAMID == "pc.ram")
        #expect(q.machine("nonsense", .kvm) == nil)
        #expect(q.defaultMachine(.kvm)?.alias == "pc")
        #expect(q.cpuModel("Haswell", .kvm)?.typeName == "Haswell-x86_64-cpu")
        #expect(q.expansion(of: "host", .static, .kvm)?.properties["vendor"] != nil)
        #expect(q.expansion(of: "host", .static, properties: ["migratable": false], .kvm) != nil)
        #expect(q.expansion(of: "max", .static, .tcg)?.model == "base")
        #expect(q.expansion(of: "max", .static, .kvm) == nil)
    }

    @Test("families of machine types")
    func families() {
        let names = ["pc", "pc-i440fx-7.2", "pc-1.3", "q35", "pc-q35-4.0", "virt-8.2", "s390-ccw-virtio-2.6", "none"]
        #expect(
            names.map(Machine.family) == ["pc", "pc", "pc", "q35", "q35", "virt", "s390-ccw-virtio", "none"])
    }

    @Test(
        "text that is no conversation is refused",
        arguments: [
            "", "{}", "[]", "{\"return\":{}}", "{\"execute\":\"qmp_capabilities\"}",
            "{\"execute\":\"qmp_capabilities\",\"id\":1}{\"return\":{},\"id\":2}", "{\"execute\":",
            "{\"execute\":\"qmp_capabilities\",\"id\":1}{\"return\":{},\"id\":1}",
        ])
    func refusals(text: String) {
        #expect(throws: VMError.self) { try Capabilities.replay(Array(text.utf8)) }
    }

    @Test("damaged cache bytes are never taken for capabilities, nor do they trap")
    func damage() throws {
        let bytes = try Capabilities.replay(Corpus.recording("caps_9.0.0_sparc.latest.replies")).serialized
        for cut in stride(from: 0, to: bytes.count, by: 997) {
            #expect(Capabilities(serialized: Array(bytes.prefix(cut))) == nil)
        }
        // A damaged number may pass unseen, but every question must still come back.
        for place in stride(from: 21, to: 4000, by: 13) {
            var damaged = bytes
            damaged[place] ^= 0xff
            guard let value = Capabilities(serialized: damaged) else { continue }
            _ = value.has(type: "scsi-hd")
            _ = value.machines(.tcg)
            _ = value.accepts(command: "blockdev-add", argument: "+qcow2/backing")
        }
    }
}
