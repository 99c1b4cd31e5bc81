import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// Settings of running machines.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct SettingTests {
    @Test("link, memory, limits, size: QEMU has them, both definitions say them, the next start makes them again")
    func settings() throws {
        let bench = try LiveBench()
        let image = try bench.image("a")
        try bench.start(
            "set",
            "<disk type='file' device='disk'><source file='\(image)'/><target dev='vda' bus='virtio'/></disk>"
                + "<graphics type='vnc' passwd='secret' autoport='yes'/>")
        let manager = bench.manager
        let both = ChangeScope(live: true, config: true)
        try manager.setLink("set", interface: "52:54:00:11:22:33", up: false, scope: both)
        #expect(try manager.link("set", interface: "52:54:00:11:22:33") == false)
        #expect(try manager.link("set", interface: "52:54:00:11:22:33", config: true) == false)
        try manager.setMemory("set", bytes: 24 << 20, scope: both)
        var limits = IOTune()
        limits.totalBytesSec = 1 << 20
        try manager.setBlockLimits("set", disk: "vda", limits, scope: both)
        func throttled() throws -> Int? {
            try bench.run("set", "query-block").array?.first { $0["inserted"] != nil }?["inserted"]?["bps"]?.int
        }
        #expect(try throttled() == 1 << 20)
        try manager.resizeBlock("set", disk: "vda", bytes: 8 << 20)
        #expect(try FileManager.default.attributesOfItem(atPath: image)[.size] as? Int == 8 << 20)
        // Less than there is would be lost.
        let refused = #expect(throws: VMError.self) { try manager.resizeBlock("set", disk: "vda", bytes: 6 << 20) }
        #expect(refused?.code == .invalidArgument)
        #expect(refused?.message.contains("8 MiB") == true && refused?.message.contains("6 MiB") == true)
        #expect(try FileManager.default.attributesOfItem(atPath: image)[.size] as? Int == 8 << 20)
        try manager.resizeBlock("set", disk: "vda", bytes: 8 << 20)
        try manager.resizeBlock("set", disk: "vda", bytes: 6 << 20, mayShrink: true)
        #expect(try FileManager.default.attributesOfItem(atPath: image)[.size] as? Int == 6 << 20)
        try manager.setDisplayPassword("set", "other", validTo: "never")
        try manager.destroy("set")
        try manager.start("set")
        #expect(try throttled() == 1 << 20)
        #expect(try manager.link("set", interface: "52:54:00:11:22:33") == false)
        try manager.setBlockLimits("set", disk: "vda", IOTune(), scope: both)
        #expect(try throttled() == 0)
        #expect(try !manager.xml("set").contains("iotune"))
    }

    @Test("what can't be is refused, and changes nothing")
    func refused() throws {
        let bench = try LiveBench()
        try bench.start("no")
        let manager = bench.manager
        func code(_ body: () throws -> Void) -> VMError.Code? {
            do { try body() } catch { return (error as? VMError)?.code }
            return nil
        }
        #expect(code { try manager.setMemory("no", bytes: 1 << 40, scope: .live) } == .invalidArgument)
        #expect(code { try manager.setMaximumMemory("no", bytes: 1 << 30, scope: .live) } == .wrongState)
        #expect(code { try manager.setLink("no", interface: "52:54:00:00:00:00", up: true) } == .notFound)
        #expect(code { try manager.resizeBlock("no", disk: "vdz", bytes: 1) } == .notFound)
        #expect(code { try manager.setProcessors("no", count: 4, scope: .live) } == .invalidArgument)
        #expect(code { try manager.setProcessors("no", count: 2, maximum: true, scope: .live) } == .wrongState)
        var limits = IOTune()
        (limits.totalBytesSec, limits.readBytesSec) = (1, 1)
        #expect(code { try manager.setBlockLimits("no", disk: "vda", limits, scope: .config) } == .invalidArgument)
        #expect(code { try manager.setDisplayPassword("no", "a") } == .notFound)
    }

    @Test("processors are plugged in, up to the maximum", arguments: LiveBench.emulators)
    func processors(emulator: String) throws {
        let bench = try LiveBench()
        try bench.start("cpus", emulator: emulator)
        try bench.manager.setProcessors("cpus", count: 3, scope: .live)
        #expect(try bench.run("cpus", "query-cpus-fast").array?.count == 3)
        #expect(try bench.manager.xml("cpus").contains("<vcpu id='2' enabled='yes' hotpluggable='yes' order='3'/>"))
        try bench.manager.setProcessors("cpus", count: 2, scope: .config)
        #expect(try bench.manager.xml("cpus", inactive: true).contains("current='2'"))
        let error = #expect(throws: VMError.self) {
            try bench.manager.setProcessors("cpus", count: 2, scope: .live, timeout: .milliseconds(300))
        }
        // A guest that hasn't booted can't even be asked.
        #expect(error?.code == .monitor)
        #expect(try bench.run("cpus", "query-cpus-fast").array?.count == 3)
    }

    @Test("keys, interrupts, pictures", arguments: LiveBench.emulators)
    func guest(emulator: String) throws {
        let bench = try LiveBench()
        try bench.start("keys", emulator: emulator)
        try bench.manager.sendKeys("keys", [.named("ctrl"), .named("alt"), .named("delete")], hold: .milliseconds(10))
        try bench.manager.injectNMI("keys")
        let path = bench.bench.folder + "/screen.png"
        try bench.manager.screenshot("keys", to: path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).prefix(4) == Data([0x89, 0x50, 0x4e, 0x47]))
        let error = #expect(throws: VMError.self) { try bench.manager.sendKeys("keys", [.named("nokey")]) }
        #expect(error?.code == .monitor)
        #expect(throws: VMError.self) { try bench.manager.screenshot("keys", to: "/nowhere/screen.png") }
    }

    @Test("a device is updated: a medium, a link, a limit; the rest only in the stored definition")
    func update() throws {
        let bench = try LiveBench()
        let (one, two) = (try bench.image("one"), try bench.image("two"))
        let drive = { (path: String) in
            "<disk type='file' device='cdrom'><source file='\(path)'/><target dev='hdc' bus='ide'/><readonly/></disk>"
        }
        try bench.start("up", drive(one))
        try bench.manager.updateDevice("up", bench.device(drive(two)), scope: .init(live: true, config: true))
        #expect(try bench.manager.xml("up").contains(two))
        #expect(try bench.manager.xml("up", inactive: true).contains(two))
        let card = "<interface type='user'><mac address='52:54:00:11:22:33'/><link state='down'/></interface>"
        try bench.manager.updateDevice("up", bench.device(card), scope: .live)
        #expect(try bench.manager.link("up", interface: "52:54:00:11:22:33") == false)
        let error = #expect(throws: VMError.self) {
            try bench.manager.updateDevice("up", bench.device("<input type='mouse' bus='ps2'/>"), scope: .live)
        }
        #expect(error?.code == .unsupported)
    }

    @Test("an update that asks for what a running machine can't change is refused by name, and changes nothing")
    func wholeUpdate() throws {
        let bench = try LiveBench()
        let image = try bench.image("a")
        try bench.start(
            "whole",
            "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/><source file='\(image)'/>"
                + "<target dev='vda' bus='virtio'/><serial>AA</serial></disk>")
        let before = try bench.manager.xml("whole")
        func card(_ more: String, model: String = "virtio") -> String {
            "<interface type='user'><mac address='52:54:00:11:22:33'/><model type='\(model)'/>\(more)</interface>"
        }
        func disk(_ more: String, cache: String = "none") -> String {
            "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='\(cache)'/><source file='\(image)'/>"
                + "<target dev='vda' bus='virtio'/>\(more)</disk>"
        }
        for (document, what) in [
            (card("", model: "e1000"), "model"), (card("<mtu size='9000'/>"), "mtu"),
            (card("<boot order='1'/>"), "boot"),
            (card("<portForward proto='tcp'><range start='19009' to='22'/></portForward>"), "portForward"),
            (card("<address type='pci' domain='0' bus='0' slot='9' function='0'/>"), "address"),
            (disk("<serial>AA</serial>", cache: "writeback"), "driver"), (disk("<serial>BB</serial>"), "serial"),
            (disk("<readonly/>"), "readonly"), (disk("<shareable/>"), "shareable"),
        ] {
            let device = try bench.device(document)
            let error = #expect(throws: VMError.self) {
                try bench.manager.updateDevice("whole", device, scope: .live)
            }
            #expect(
                error?.code == .unsupported && error?.message.contains("cannot change '\(what)") == true, "\(document)")
        }
        #expect(try bench.manager.xml("whole") == before)
        // What can be changed is, also when the document says the rest as it is.
        try bench.manager.updateDevice("whole", bench.device(card("<link state='down'/>")), scope: .live)
        try bench.manager.updateDevice(
            "whole", bench.device(disk("<serial>AA</serial><iotune><total_iops_sec>50</total_iops_sec></iotune>")),
            scope: .live)
        let after = try bench.manager.xml("whole")
        #expect(after.contains("<link state='down'/>") && after.contains("<total_iops_sec>50<"))
    }
}
