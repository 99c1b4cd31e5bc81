import Foundation
import TestBench
import Testing
import VMCore

@testable import VMHost

/// Devices of made-up hosts.
struct NodeDevicesTests {
    private let tree: MadeUpTree

    init() throws { tree = try MadeUpTree() }

    private var devices: NodeDevices { NodeDevices(root: tree.root) }

    private static let bus = "bus/pci/devices"

    /// A network adapter with virtual functions, in a group of the IOMMU's, below a bridge.
    private func adapter() throws {
        try tree.device(
            "pci0000:00/0000:00:1c.0",
            [
                "class": "0x060400\n", "vendor": "0x8086\n", "device": "0x9d10\n",
                "config": String(repeating: "\0", count: 14) + "\u{1}" + String(repeating: "\0", count: 49),
            ], from: [Self.bus])
        let path = "pci0000:00/0000:00:1c.0/0000:03:00.1"
        try tree.device(
            path,
            [
                "class": "0x020000\n", "vendor": "0x8086\n", "device": "0x10c9\n", "numa_node": "1\n",
                "config": String(repeating: "\0", count: 64), "sriov_totalvfs": "7\n", "sriov_numvfs": "1\n",
                "max_link_speed": "5.0 GT/s PCIe\n", "max_link_width": "4\n", "current_link_speed": "2.5 GT/s PCIe\n",
                "current_link_width": "4\n", "driver_override": "(null)\n", "reset": "",
            ], from: [Self.bus])
        try tree.device(
            "pci0000:00/0000:00:1c.0/0000:03:10.1", ["vendor": "0x8086", "device": "0x10ca", "class": "0x020000"],
            from: [Self.bus])
        try tree.link("/sys/devices/\(path)/virtfn0", to: "../0000:03:10.1")
        try tree.link("/sys/devices/pci0000:00/0000:00:1c.0/0000:03:10.1/physfn", to: "../0000:03:00.1")
        try tree.link("/sys/devices/\(path)/driver", to: "../../../../bus/pci/drivers/igb")
        try tree.link("/sys/devices/\(path)/iommu_group", to: "../../../../kernel/iommu_groups/12")
        try tree.link("/sys/kernel/iommu_groups/12/devices/0000:03:00.1", to: "../../../../devices/\(path)")
        try tree.write("/sys/bus/pci/drivers/igb/unbind", "")
        try tree.write("/sys/bus/pci/drivers_probe", "")
        try tree.device(
            path + "/net/ens1f1",
            [
                "address": "52:54:00:12:34:56\n", "operstate": "up\n", "speed": "1000\n", "flags": "0x1003\n",
                "mtu": "1500\n",
            ], from: ["class/net"])
        try tree.write(
            "/usr/share/misc/pci.ids",
            """
            # a list
            1af4  Red Hat, Inc.
            \t10c9  another's
            8086  Intel Corporation
            \t10c9  82576 Gigabit <Network>
            \t\t8086 0001  a card
            C 02  Network controller
            """)
    }

    @Test
    func `An adapter is told of with its place, functions, group and names`() throws {
        try adapter()
        let device = try #require(devices["pci_0000_03_00_1"])
        #expect(
            device.xml == """
                <device>
                  <name>pci_0000_03_00_1</name>
                  <path>/sys/devices/pci0000:00/0000:00:1c.0/0000:03:00.1</path>
                  <parent>pci_0000_00_1c_0</parent>
                  <driver>
                    <name>igb</name>
                  </driver>
                  <capability type='pci'>
                    <class>0x020000</class>
                    <domain>0</domain>
                    <bus>3</bus>
                    <slot>0</slot>
                    <function>1</function>
                    <product id='0x10c9'>82576 Gigabit &lt;Network&gt;</product>
                    <vendor id='0x8086'>Intel Corporation</vendor>
                    <capability type='virt_functions' maxCount='7'>
                      <address domain='0x0000' bus='0x03' slot='0x10' function='0x1'/>
                    </capability>
                    <iommuGroup number='12'>
                      <address domain='0x0000' bus='0x03' slot='0x00' function='0x1'/>
                    </iommuGroup>
                    <numa node='1'/>
                    <pci-express>
                      <link validity='cap' speed='5' width='4'/>
                      <link validity='sta' speed='2.5' width='4'/>
                    </pci-express>
                  </capability>
                </device>

                """)
        let bridge = try #require(devices["pci_0000_00_1c_0"])
        #expect(bridge.parent == "computer" && bridge.xml.contains("<capability type='pci-bridge'/>"))
        #expect(
            try #require(devices["pci_0000_03_10_1"]).xml.contains(
                """
                    <capability type='phys_function'>
                      <address domain='0x0000' bus='0x03' slot='0x00' function='0x1'/>
                """))
        let card = try #require(devices["net_ens1f1_52_54_00_12_34_56"])
        #expect(card.parent == "pci_0000_03_00_1")
        #expect(card.xml.contains("<link speed='1000' state='up'/>") && card.xml.contains("type='80203'"))
    }

    @Test
    func `Disks have their sizes and udev's names, and parts of disks are none`() throws {
        let files = [
            "dev": "8:0\n", "size": "2048\n", "removable": "0\n", "queue/logical_block_size": "4096\n",
            "uevent": "MAJOR=8\nDEVNAME=sda\nDEVTYPE=disk\n", "device/vendor": "ATA     \n", "device/model": "A DISK\n",
        ]
        try tree.device("pci0000:00/ata1/host0/target0:0:0/0:0:0:0/block/sda", files, from: ["class/block"])
        try tree.device(
            "pci0000:00/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda1", ["partition": "1"], from: ["class/block"])
        try tree.device("virtual/block/loop0", files, from: ["class/block"])
        try tree.write(
            "/run/udev/data/b8:0", "S:disk/by-id/x\nS:../../etc\nE:ID_SERIAL=A_DISK_1\nE:ID_TYPE=disk\nE:ID_BUS=ata\n")
        try tree.device("pci0000:00/ata1/host0", from: ["bus/scsi/devices"])
        try tree.write("/sys/class/scsi_host/host0/unique_id", "1\n")
        try tree.device("pci0000:00/ata1/host0/target0:0:0", from: ["bus/scsi/devices"])
        try tree.device("pci0000:00/ata1/host0/target0:0:0/0:0:0:0", ["type": "0\n"], from: ["bus/scsi/devices"])
        try tree.device(
            "pci0000:00/ata1/host0/target0:0:0/0:0:0:0/scsi_generic/sg0", ["uevent": "DEVNAME=sg0\n"],
            from: ["class/scsi_generic"])
        let all = devices
        #expect(
            all.devices.map(\.name) == [
                "block_sda_A_DISK_1", "computer", "scsi_0_0_0_0", "scsi_generic_sg0", "scsi_host0", "scsi_target0_0_0",
            ])
        let disk = try #require(all["block_sda_A_DISK_1"])
        #expect(disk.parent == "scsi_0_0_0_0" && disk.links == ["/dev/disk/by-id/x"])
        for line in [
            "<devnode type='dev'>/dev/sda</devnode>", "<block>/dev/sda</block>", "<bus>ata</bus>",
            "<drive_type>disk</drive_type>", "<model>A DISK</model>", "<vendor>ATA</vendor>",
            "<serial>A_DISK_1</serial>", "<size>1048576</size>", "<logical_block_size>4096</logical_block_size>",
            "<num_blocks>256</num_blocks>",
        ] { #expect(disk.xml.contains(line), "\(line)") }
        #expect(try #require(all["scsi_host0"]).xml.contains("<unique_id>1</unique_id>"))
        #expect(try #require(all["scsi_0_0_0_0"]).xml.contains("<type>disk</type>"))
        #expect(try #require(all["scsi_generic_sg0"]).xml.contains("<char>/dev/sg0</char>"))
        #expect(all.devices.filter { $0.isMeant(by: NodeDevice.Capability.scsi.flag) }.map(\.name) == ["scsi_0_0_0_0"])
        #expect(all.devices.allSatisfy { !$0.isMeant(by: NodeDevice.inactiveFlag) })
    }

    @Test
    func `USB devices, their functions, and graphics`() throws {
        try tree.device(
            "pci0000:00/usb1/1-2",
            [
                "idVendor": "1d6b\n", "idProduct": "0002\n", "busnum": "1\n", "devnum": "7\n", "product": "A Stick\n",
                "manufacturer": "Somebody\n", "uevent": "DEVNAME=bus/usb/001/007\n",
            ], from: ["bus/usb/devices"])
        try tree.device(
            "pci0000:00/usb1/1-2/1-2:1.0",
            [
                "bInterfaceNumber": "00\n", "bInterfaceClass": "08\n", "bInterfaceSubClass": "06\n",
                "bInterfaceProtocol": "50\n",
            ], from: ["bus/usb/devices"])
        try tree.device("pci0000:00/drm/card0", ["uevent": "DEVNAME=dri/card0\n"], from: ["class/drm"])
        try tree.device("pci0000:00/drm/card0/card0-HDMI-A-1", from: ["class/drm"])
        let all = devices
        #expect(all.devices.map(\.name) == ["computer", "drm_card0", "usb_1_2", "usb_1_2_1_0"])
        let stick = try #require(all["usb_1_2"])
        #expect(stick.xml.contains("<product id='0x0002'>A Stick</product>"))
        #expect(stick.xml.contains("<vendor id='0x1d6b'>Somebody</vendor>") && stick.node == "/dev/bus/usb/001/007")
        let function = try #require(all["usb_1_2_1_0"])
        #expect(function.parent == "usb_1_2" && function.xml.contains("<protocol>80</protocol>"))
        #expect(try #require(all["drm_card0"]).xml.contains("<type>primary</type>"))
    }

    @Test
    func `An odd tree hurts nobody`() throws {
        // Links that lead out, in circles or nowhere, files that are folders, endless lines, control characters.
        try tree.link("/sys/class/net/out", to: "/etc")
        try tree.link("/sys/class/net/round", to: "round")
        try tree.link("/sys/bus/pci/devices/0000:00:00.0", to: "/nowhere")
        try tree.write("/sys/bus/pci/devices/0000:zz:00.0", "")
        try tree.write("/sys/bus/usb/devices", "no folder")
        try tree.device(
            "virtual/net/x",
            [
                "address": String(repeating: "a", count: 100_000), "operstate": "\u{1b}[31m", "speed": "-1",
                "uevent": "DEVNAME=../../etc/shadow\nDEVTYPE=\u{7}\n",
            ], from: ["class/net"])
        try FileManager.default.createDirectory(
            atPath: tree.root + "/sys/devices/virtual/net/y/address", withIntermediateDirectories: true)
        try tree.device("virtual/net/y", ["operstate": "up\u{1b}]0;x\u{7}"], from: ["class/net"])
        try tree.device(
            "pci0000:00/0000:00:02.0",
            [
                "vendor": "0xffffffffffffffffffff", "class": "", "sriov_totalvfs": "18446744073709551615",
                "numa_node": "-1",
            ],
            from: ["bus/pci/devices"])
        mkfifo(tree.root + "/sys/devices/pci0000:00/0000:00:02.0/device", 0o600)
        let all = devices.devices
        #expect(all.contains { $0.name == "net_y" } && all.contains { $0.name == "pci_0000_00_02_0" })
        #expect(!all.contains { $0.name.contains("out") || $0.name.contains("round") })
        for device in all {
            #expect(device.name.utf8.count <= 255 && device.node == nil)
            #expect(device.xml.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
        }
    }

    @Test
    func `A device is given to guests by the kernel's files, and comes back when no driver takes it`() throws {
        try adapter()
        let device = try #require(devices["pci_0000_03_00_1"])
        let path = "/sys/devices/pci0000:00/0000:00:1c.0/0000:03:00.1"
        let binding = try PCIBinding(device, root: tree.root)
        #expect(throws: VMError.self) { try binding.detach() }
        #expect(tree.text(path + "/driver_override") == "(null)\n")
        try tree.write("/sys/bus/pci/drivers/vfio-pci/unbind", "")
        // Nobody rebinds in a made-up tree: the override is taken back, and it is said.
        #expect { try binding.detach() } throws: { "\($0)".contains("did not take") }
        #expect(tree.text("/sys/bus/pci/drivers/igb/unbind") == "0000:03:00.1")
        #expect(tree.text("/sys/bus/pci/drivers_probe") == "0000:03:00.1")
        #expect(
            tree.text(path + "/driver_override") == "\nnull)\n" || tree.text(path + "/driver_override").hasPrefix("\n"))
        // One of the host's own drivers has it: there is nothing to give back.
        try binding.reattach()
        try binding.reset()
        #expect(tree.text(path + "/reset") == "1")
        let bridge = try #require(devices["pci_0000_00_1c_0"])
        #expect(throws: VMError.self) { try PCIBinding(bridge, root: tree.root) }
        let net = try #require(devices["net_ens1f1_52_54_00_12_34_56"])
        #expect(throws: VMError.self) { try PCIBinding(net, root: tree.root) }
    }

    @Test
    func `The host's own tree is read whole`() throws {
        let all = NodeDevices().devices
        #expect(all.contains { $0.name == "computer" && $0.parent == nil })
        let names = Set(all.map(\.name))
        #expect(all.allSatisfy { $0.parent.map(names.contains) ?? true } && names.count == all.count)
        #expect(all.contains { $0.name.hasPrefix("net_lo_") })
    }
}
