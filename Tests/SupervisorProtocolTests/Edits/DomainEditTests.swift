import QEMULauncher
import Testing
import VMCore
import VMDomain
import VMXML

@testable import SupervisorProtocol

/// What each edit makes of a definition, and what it refuses.
@Suite("Edits of a definition")
struct DomainEditTests {
    private static let drives = """
        <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/a'/><target dev='vda' bus='virtio'/></disk>
        <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
        <disk type='file' device='cdrom'><source file='/cd'/><target dev='sdb' bus='sata'/></disk>
        <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
        """

    private func domain(_ body: String = "", devices: String = drives) throws -> Domain {
        let xml =
            "<domain type='qemu'><name>d</name><memory unit='MiB'>64</memory><currentMemory unit='MiB'>32</currentMemory>"
            + "<vcpu current='2'>4</vcpu>\(body)<os><type arch='x86_64' machine='q35'>hvm</type></os>"
            + "<devices>\(devices)</devices></domain>"
        return try Domain.read(Array(xml.utf8), file: "d.xml").checked()
    }

    /// The code of what the edit is refused with; the definition is then thrown away.
    private func refusal(_ edit: DomainEdit, _ domain: Domain) -> VMError.Code? {
        var copy = domain
        do throws(VMError) {
            try edit.apply(to: &copy)
            return nil
        } catch { return error.code }
    }

    @Test("Memory is set in whole KiB, never above what there is; less of it takes the current one along")
    func memory() throws {
        var domain = try domain()
        try DomainEdit.setMemory(bytes: 64 << 20).apply(to: &domain)
        #expect(domain.currentMemory?.size?.bytes == 64 << 20)
        #expect(refusal(.setMemory(bytes: 64 << 20 + 1 << 10), domain) == .invalidArgument)
        try DomainEdit.setMemory(bytes: 1 << 20 + 1).apply(to: &domain)
        #expect(domain.currentMemory?.size?.bytes == 1 << 20 + 1 << 10)
        try DomainEdit.setMaximumMemory(bytes: 512 << 10).apply(to: &domain)
        #expect(domain.memory?.size?.bytes == 512 << 10 && domain.currentMemory?.size?.bytes == 512 << 10)
        try DomainEdit.setMaximumMemory(bytes: 128 << 20).apply(to: &domain)
        #expect(domain.memory?.size?.bytes == 128 << 20 && domain.currentMemory?.size?.bytes == 512 << 10)
    }

    @Test("Statistics need a balloon; 0 seconds is never")
    func statistics() throws {
        var domain = try domain(devices: "<memballoon model='virtio'/>")
        try DomainEdit.setMemoryStatisticsPeriod(seconds: 5).apply(to: &domain)
        #expect(domain.devices.memoryBalloon?.stats?.period == 5)
        try DomainEdit.setMemoryStatisticsPeriod(seconds: 0).apply(to: &domain)
        #expect(domain.devices.memoryBalloon?.stats == nil)
        let none = try self.domain(devices: "<memballoon model='none'/>")
        #expect(refusal(.setMemoryStatisticsPeriod(seconds: 5), none) == .unsupported)
    }

    @Test("Processors: how many there are, can be, and which")
    func processors() throws {
        var domain = try domain()
        #expect(refusal(.setProcessorCount(0, isMaximum: false), domain) == .invalidArgument)
        #expect(refusal(.setProcessorCount(5, isMaximum: false), domain) == .invalidArgument)
        try DomainEdit.setProcessorCount(4, isMaximum: false).apply(to: &domain)
        #expect(domain.vcpu?.current == nil && domain.vcpu?.count == 4)
        try DomainEdit.setProcessorCount(3, isMaximum: false).apply(to: &domain)
        #expect(domain.vcpu?.current == 3)
        try DomainEdit.setProcessorCount(3, isMaximum: true).apply(to: &domain)
        #expect(domain.vcpu?.current == nil && domain.vcpu?.count == 3)
        #expect(refusal(.setProcessors([3], isEnabled: true), domain) == .notFound)
        #expect(refusal(.setProcessors([0], isEnabled: false), domain) == .unsupported)
        try DomainEdit.setProcessors([2], isEnabled: false).apply(to: &domain)
        #expect(domain.hasProcessor(0) && domain.hasProcessor(1) && !domain.hasProcessor(2))
        #expect(domain.vcpu?.current == 2)
        try DomainEdit.setProcessors([2], isEnabled: true).apply(to: &domain)
        #expect(domain.hasProcessor(2) && domain.vcpu?.current ?? 3 == 3)
    }

    @Test("Threads for I/O: numbers that are free, and none that is used")
    func threads() throws {
        var domain = try domain(
            "<iothreads>2</iothreads>",
            devices: "<disk type='file' device='disk'><driver name='qemu' type='raw' iothread='2'/><source file='/a'/>"
                + "<target dev='vda' bus='virtio'/></disk>")
        #expect(refusal(.addIOThread(0), domain) == .invalidArgument)
        #expect(refusal(.addIOThread(2), domain) == .exists)
        try DomainEdit.addIOThread(7).apply(to: &domain)
        #expect(domain.iothreads == 3 && domain.iothreadids.compactMap(\.id) == [1, 2, 7])
        #expect(refusal(.removeIOThread(2), domain) == .busy)
        #expect(refusal(.removeIOThread(9), domain) == .notFound)
        try DomainEdit.pin(.iothread(7), [0]).apply(to: &domain)
        try DomainEdit.pin(.iothread(1), [1]).apply(to: &domain)
        #expect(domain.cputune.iothreadpin.compactMap(\.iothread) == [1, 7])
        try DomainEdit.removeIOThread(7).apply(to: &domain)
        #expect(domain.iothreads == 2 && domain.cputune.iothreadpin.compactMap(\.iothread) == [1])
        var settings = IOThreadSettings()
        (settings.pollMax, settings.threadPoolMax) = (9, 4)
        try DomainEdit.setIOThread(1, settings).apply(to: &domain)
        settings = IOThreadSettings()
        settings.pollGrow = 2
        try DomainEdit.setIOThread(1, settings).apply(to: &domain)
        let thread = domain.iothreadids.first { $0.id == 1 }
        #expect(thread?.poll?.max == 9 && thread?.poll?.grow == 2 && thread?.poll?.shrink == nil)
        #expect(thread?.threadPoolMax == 4 && thread?.threadPoolMin == nil)
        #expect(domain.iothreadids.first { $0.id == 2 }?.poll == nil)
        #expect(refusal(.setIOThread(9, settings), domain) == .notFound)
    }

    @Test("Pins replace each other, one a thread, in the order of their numbers")
    func pins() throws {
        var domain = try domain()
        for number in [3, 0, 3] { try DomainEdit.pin(.vcpu(number), [number]).apply(to: &domain) }
        #expect(domain.cputune.vcpupin.compactMap(\.vcpu) == [0, 3])
        #expect(refusal(.pin(.vcpu(4), [0]), domain) == .notFound)
        #expect(refusal(.pin(.vcpu(-1), [0]), domain) == .notFound)
        #expect(refusal(.pin(.iothread(1), [0]), domain) == .notFound)
        try DomainEdit.pin(.emulator, [2]).apply(to: &domain)
        #expect(domain.cputune.emulatorpin?.cpuset == [2])
    }

    @Test("Media: only an empty drive takes one, only a full one gives it")
    func media() throws {
        var domain = try domain()
        #expect(refusal(.changeMedia(target: "sda", .eject, force: false), domain) == .wrongState)
        #expect(refusal(.changeMedia(target: "sdb", .insert(path: "/x"), force: false), domain) == .wrongState)
        #expect(refusal(.changeMedia(target: "vda", .eject, force: false), domain) == .unsupported)
        #expect(refusal(.changeMedia(target: "sdz", .eject, force: false), domain) == .notFound)
        // Of two drives the only one with a medium in it is meant.
        guard case .media(let result) = try DomainEdit.changeMedia(target: nil, .eject, force: false).apply(to: &domain)
        else { throw VMError(.internalError, "an ejection tells what it did") }
        #expect(result == MediaResult(name: "d", target: "sdb", before: "/cd", after: nil))
        #expect(refusal(.changeMedia(target: nil, .eject, force: false), domain) == .invalidArgument)
        try DomainEdit.changeMedia(target: "sda", .insert(path: "/x"), force: false).apply(to: &domain)
        try DomainEdit.changeMedia(target: "sda", .update(path: "/y"), force: false).apply(to: &domain)
        #expect(domain.devices.disks.map(\.medium) == ["/a", "/y", nil])
    }

    @Test("Devices are found by every name that people have for them")
    func find() throws {
        let domain = try domain(
            devices: "<disk type='block' device='disk'><source dev='/dev/x'/><target dev='vda' bus='virtio'/>"
                + "<alias name='ua-root'/></disk><interface type='user'><mac address='52:54:00:AB:00:01'/>"
                + "<target dev='tap9'/><alias name='ua-lan'/></interface>")
        for name in ["vda", "/dev/x", "ua-root"] { #expect(try domain.disk(name) == 0, "\(name)") }
        for name in ["52:54:00:ab:00:01", "tap9", "ua-lan"] { #expect(try domain.interface(name) == 0, "\(name)") }
        let near = #expect(throws: VMError.self) { _ = try domain.disk("vdb") }
        #expect(near?.code == .notFound && near?.remedy.map { "\($0)" }?.contains("vda") == true)
        let card = #expect(throws: VMError.self) { _ = try domain.interface("52:54:00:ab:00:02") }
        #expect(card?.remedy.map { "\($0)" }?.contains("52:54:00:ab:00:01") == true)
        #expect(throws: VMError.self) { _ = try domain.drive(nil) }
    }

    @Test("A device in the place of another keeps what isn't said anew")
    func replace() throws {
        var domain = try domain(
            devices: "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='e1000'/>"
                + "<address type='pci' domain='0' bus='0' slot='5' function='0'/></interface>"
                + "<graphics type='vnc' port='5901' autoport='no'/>")
        let device = try Devices(
            fragment:
                "<devices><interface type='user'><mac address='52:54:00:00:00:01'/><link state='down'/></interface></devices>"
        )
        try DomainEdit.update(device, force: false).apply(to: &domain)
        let card = try #require(domain.devices.interfaces.first)
        #expect(domain.devices.interfaces.count == 1 && card.model?.type == "e1000" && card.address != nil)
        #expect(card.link?.state == .down)
        let display = try Devices(fragment: "<devices><graphics type='vnc' port='5902' autoport='no'/></devices>")
        try DomainEdit.update(display, force: false).apply(to: &domain)
        #expect(domain.devices.graphics.map(\.port) == [5902])
        let other = try Devices(fragment: "<devices><graphics type='sdl'/></devices>")
        #expect(refusal(.update(other, force: false), domain) == .notFound)
    }

    @Test("A cable, a password, and what becomes of the machine")
    func others() throws {
        var domain = try domain(devices: Self.drives + "<graphics type='vnc' autoport='yes'/>")
        try DomainEdit.setLink(interface: "52:54:00:00:00:01", isUp: false).apply(to: &domain)
        #expect(domain.devices.interfaces[0].link?.state == .down)
        try DomainEdit.setLink(interface: "52:54:00:00:00:01", isUp: true).apply(to: &domain)
        #expect(domain.devices.interfaces[0].link?.state == .up)
        try DomainEdit.setDisplayPassword(.vnc, "12345678", validTo: nil).apply(to: &domain)
        #expect(domain.devices.graphics[0].passwd == "12345678")
        #expect(refusal(.setDisplayPassword(.vnc, "123456789", validTo: nil), domain) == .invalidArgument)
        #expect(refusal(.setDisplayPassword(.spice, "1", validTo: nil), domain) == .notFound)
        try DomainEdit.setLifecycleAction(.crash(.preserve)).apply(to: &domain)
        try DomainEdit.setLifecycleAction(.reboot(.destroy)).apply(to: &domain)
        #expect(domain.onCrash == .preserve && domain.onReboot == .destroy)
        try DomainEdit.setTitle("t").apply(to: &domain)
        try DomainEdit.setDescription("d").apply(to: &domain)
        #expect(domain.title == "t" && domain.description == "d")
    }

    @Test("What no document can hold is refused, not left out")
    func controlCharacters() throws {
        let domain = try domain(devices: Self.drives + "<graphics type='vnc' autoport='yes'/>")
        let note = try XMLTree.read(Array("<a:b xmlns:a='urn:x'/>".utf8), file: "note")
        var marked = note
        marked.children = [.text("a\u{7}")]
        for edit in [
            DomainEdit.setTitle("a\u{1b}[2J"), .setDescription("\0"), .setDisplayPassword(.vnc, "p\u{1}", validTo: nil),
            .changeMedia(target: "sda", .insert(path: "/cd\u{b}"), force: false),
            .setMetadata(marked, uri: "urn:x", prefix: "a"),
            .setBlockLimits(
                disk: "vda",
                {
                    var tune = IOTune(); tune.totalBytesSec = 1; tune.groupName = "g\u{2}"; return tune
                }()),
        ] { #expect(refusal(edit, domain) == .invalidArgument, "\(edit)") }
        for edit in [
            DomainEdit.setTitle("tab\tline\nend\r \u{7f} <&>'\""), .setMetadata(note, uri: "urn:x", prefix: "a"),
            .changeMedia(target: "sda", .insert(path: "/ü\n"), force: false),
        ] { #expect(refusal(edit, domain) == nil, "\(edit)") }
    }

    @Test("Only what describes a domain leaves the rest of it as it is")
    func completion() throws {
        for request in try RequestCodecTests.samples() {
            guard case .edit(let edit) = request else { continue }
            switch edit {
            case .setTitle, .setDescription, .setMetadata: #expect(!edit.needsCompletion)
            default: #expect(edit.needsCompletion)
            }
        }
    }
}
