import Foundation
import SupervisorProtocol
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager
import VMSnapshot
import VMXML

/// Taking machines over from an installation of libvirt that is made up of files as libvirt leaves them.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct ImportTests {
    private let bench: LiveBench
    private let root: String

    init() throws {
        bench = try LiveBench()
        root = bench.bench.folder + "/other"
        for folder in ["etc/libvirt/qemu/autostart", "var/lib/libvirt/qemu/save", "run/libvirt/qemu"] {
            try Folders.make(root + "/" + folder)
        }
    }

    private var installation: LibvirtInstallation { .init(system: root) }

    private static let uuid = "6a2f0e1c-50a4-4a0c-9d4c-0c2f2d0c9e11"

    private func document(_ name: String, _ uuid: String = uuid, os: String = "", devices: String = "") -> String {
        """
        <!--
        WARNING: THIS IS AN AUTO-GENERATED FILE.
        -->

        <domain type='qemu'>
          <name>\(name)</name>
          <uuid>\(uuid)</uuid>
          <memory unit='KiB'>65536</memory>
          <currentMemory unit='KiB'>65536</currentMemory>
          <vcpu placement='static'>1</vcpu>
          <os>
            <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>\(os)
            <boot dev='hd'/>
          </os>
          <features>
            <acpi/>
          </features>
          <clock offset='utc'/>
          <on_poweroff>destroy</on_poweroff>
          <on_reboot>restart</on_reboot>
          <on_crash>destroy</on_crash>
          <devices>
            <emulator>/usr/bin/qemu-system-x86_64</emulator>
            <controller type='usb' index='0' model='piix3-uhci'>
              <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x2'/>
            </controller>
            <controller type='pci' index='0' model='pci-root'/>
            <input type='mouse' bus='ps2'/>
            <input type='keyboard' bus='ps2'/>
            <audio id='1' type='none'/>\(devices)
            <memballoon model='virtio'>
              <address type='pci' domain='0x0000' bus='0x00' slot='0x07' function='0x0'/>
            </memballoon>
          </devices>
        </domain>

        """
    }

    private func write(_ text: String, to path: String) throws {
        try Folders.make(Files.folder(of: root + path))
        try Files.write(Array(text.utf8), to: root + path)
    }

    private func write(_ name: String, _ text: String) throws { try write(text, to: "/etc/libvirt/qemu/\(name).xml") }

    @Test("a definition keeps its hardware and its mark, and nothing of the installation is changed")
    func definition() throws {
        let disk = try bench.image("a")
        let text = document(
            "mail",
            devices: """

                <disk type='file' device='disk'>
                  <driver name='qemu' type='raw'/>
                  <source file='\(disk)'/>
                  <target dev='vda' bus='virtio'/>
                  <address type='pci' domain='0x0000' bus='0x00' slot='0x09' function='0x0'/>
                </disk>
                """)
        try write("mail", text)
        symlink("../mail.xml", root + "/etc/libvirt/qemu/autostart/mail.xml")
        let manager = bench.manager
        let planned = try manager.importDomains(of: installation, isDryRun: true)
        #expect(planned.map(\.parts) == [[.definition, .autostart]])
        #expect(throws: VMError.self) { try manager.find("mail") }

        let outcome = try #require(try manager.importDomains(of: installation).first)
        #expect(outcome.error == nil && outcome.warnings.isEmpty, "\(outcome)")
        #expect(outcome.parts == [.definition, .autostart] && outcome.uuid == UUID(Self.uuid))
        let machine = try manager.find("mail")
        #expect(machine.uuid == UUID(Self.uuid) && manager.isAutostarted(machine))
        let stored = try manager.definition("mail")
        #expect(stored.devices.disks.first?.address?.slot == 9)
        // A new definition would get more than libvirt had given this one.
        #expect(
            try manager.xml("mail", inactive: true).split(separator: "\n").filter { $0.contains("<controller") }.count
                == 2)
        #expect(try Files.read(root + "/etc/libvirt/qemu/mail.xml") == Array(text.utf8))
        #expect(try manager.start("mail").state == .running)
        // Once more is refused while it runs, and without being asked for.
        #expect(try manager.importDomains(of: installation, replaces: true).first?.error?.code == .wrongState)
        try manager.destroy("mail")
        #expect(try manager.importDomains(of: installation).first?.error?.code == .exists)
        #expect(try manager.importDomains(of: installation, replaces: true).first?.error == nil)
    }

    @Test("firmware variables are copied, also for the state that was saved")
    func savedWithVariables() throws {
        guard Files.exists("/usr/share/OVMF/OVMF_CODE_4M.fd") else { return }
        let variables = root + "/var/lib/libvirt/qemu/nvram/box_VARS.fd"
        try Folders.make(Files.folder(of: variables))
        try Files.write(try Files.read("/usr/share/OVMF/OVMF_VARS_4M.fd"), to: variables)
        let os = """

            <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
            <nvram>\(variables)</nvram>
            """
        let text = document("box", os: os)
        try write("box", text)
        // A save as libvirt makes it, with the socket of a run and a label of a security driver in it.
        let manager = bench.manager
        _ = try manager.define(Array(text.utf8), file: "box.xml", options: .lenient)
        try manager.start("box")
        let save = root + "/var/lib/libvirt/qemu/save/box.save"
        try manager.save("box", to: save, format: .libvirt)
        try SaveImage.rewrite(save) { image throws(VMError) in
            var xml = String(decoding: image.xml, as: UTF8.self)
            let label = "<seclabel type='dynamic' model='dac' relabel='yes'><label>+64055:+64055</label></seclabel>"
            xml = xml.replacingOccurrences(of: "</domain>", with: label + "</domain>")
            image.xml = Array(xml.utf8)
        }
        var request = UndefineRequest()
        request.nvram = .keep
        try manager.undefine("box", request)
        let before = try Files.read(save, limit: 1 << 30)

        let outcome = try #require(try manager.importDomains(of: installation, names: ["box"]).first)
        #expect(outcome.error == nil && outcome.parts.count == 3 && outcome.parts.contains(.managedSave), "\(outcome)")
        let copy = try #require(try manager.definition("box").os.nvram?.file)
        #expect(copy != variables && Files.exists(copy))
        #expect(try manager.start("box").reason == .restored)
        #expect(try manager.xml("box").contains(copy))
        #expect(try Files.read(save, limit: 1 << 30) == before)
    }

    @Test("snapshots come with what they build on, and the current one is current")
    func snapshots() throws {
        try write("tree", document("tree"))
        func snapshot(_ name: String, parent: String?, active: Bool) throws {
            let above = parent.map { "<parent><name>\($0)</name></parent>" } ?? ""
            let inner = document("tree").split(separator: "\n").drop { !$0.hasPrefix("<domain") }.joined(
                separator: "\n")
            try write(
                """
                <domainsnapshot>
                  <name>\(name)</name>
                  <state>shutoff</state>\(above)
                  <creationTime>1700000000</creationTime>
                  <memory snapshot='no'/>
                  \(inner)
                  <active>\(active ? 1 : 0)</active>
                </domainsnapshot>

                """, to: "/var/lib/libvirt/qemu/snapshot/tree/\(name).xml")
        }
        // The first in the alphabet is not the first in the tree.
        try snapshot("b-root", parent: nil, active: false)
        try snapshot("a-leaf", parent: "b-root", active: true)
        try snapshot("c-lost", parent: "gone", active: false)
        try write("<domainsnapshot>", to: "/var/lib/libvirt/qemu/snapshot/tree/d-damaged.xml")
        try write(
            """
            <domaincheckpoint><name>noted</name><creationTime>1700000000</creationTime>
              <disks><disk name='vda' checkpoint='bitmap' bitmap='noted'/></disks></domaincheckpoint>
            """, to: "/var/lib/libvirt/qemu/checkpoint/tree/noted.xml")
        let outcome = try #require(try bench.manager.importDomains(of: installation).first)
        #expect(outcome.parts == [.definition, .snapshots(count: 2), .checkpoints(count: 1)], "\(outcome)")
        #expect(try bench.manager.checkpoint("tree", "noted").name == "noted")
        #expect(outcome.warnings.contains { $0.contains("'c-lost'") && $0.contains("'gone'") })
        #expect(outcome.warnings.count == 2)
        #expect(try bench.manager.currentSnapshot("tree").name == "a-leaf")
        #expect(try bench.manager.parentSnapshot("tree", of: "a-leaf").name == "b-root")
    }

    @Test("what can't be taken over is told, and keeps nothing else back")
    func refusals() throws {
        let manager = bench.manager
        try write("broken", "<domain type='qemu'><name>broken</name>")
        try write("taken", document("taken", "6a2f0e1c-50a4-4a0c-9d4c-0c2f2d0c9e12"))
        _ = try manager.define(Array(document("taken", "6a2f0e1c-50a4-4a0c-9d4c-0c2f2d0c9e13").utf8), options: .lenient)
        try write("running", document("running", "6a2f0e1c-50a4-4a0c-9d4c-0c2f2d0c9e14"))
        try write("\(getpid())\n", to: "/run/libvirt/qemu/running.pid")
        try write("saved", document("saved", "6a2f0e1c-50a4-4a0c-9d4c-0c2f2d0c9e15"))
        try write("LibvirtQemudPart", to: "/var/lib/libvirt/qemu/save/saved.save")
        try write("fine", document("fine", "6a2f0e1c-50a4-4a0c-9d4c-0c2f2d0c9e16"))
        let outcomes = try manager.importDomains(
            of: installation, names: ["broken", "taken", "running", "saved", "fine", "nobody"])
        let errors = Dictionary(uniqueKeysWithValues: outcomes.map { ($0.name, $0.error?.code) })
        #expect(
            errors == [
                "broken": .invalidXML, "taken": .exists, "running": .wrongState, "saved": .io, "fine": nil,
                "nobody": .noDomain,
            ])
        #expect(try manager.list(.all).map(\.name).sorted() == ["fine", "taken"])
        #expect(throws: VMError.self) { try LibvirtInstallation.find(root + "/etc") }
        #expect(throws: VMError.self) { try LibvirtInstallation.find("relative") }
        #expect(try LibvirtInstallation.find(root).path == root + "/etc/libvirt/qemu")
    }

    @Test("an image that isn't there is told, and the definition is taken over all the same")
    func absentImage() throws {
        let disk = "<disk type='file' device='disk'><source file='/nonexistent/a'/><target dev='hda' bus='ide'/></disk>"
        try write("gone", document("gone", devices: disk))
        let outcome = try #require(try bench.manager.importDomains(of: installation).first)
        #expect(outcome.error == nil)
        #expect(outcome.warnings.contains { $0.contains("/nonexistent/a") }, "\(outcome.warnings)")
    }
}
