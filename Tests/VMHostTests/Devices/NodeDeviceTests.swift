import Testing

@testable import VMHost

struct NodeDeviceTests {
    @Test
    func `Capabilities have libvirt's bits`() {
        let bits: [NodeDevice.Capability: UInt32] = [
            .system: 1, .pci: 2, .usbDevice: 4, .usb: 8, .net: 16, .scsiHost: 32, .scsiTarget: 64, .scsi: 128,
            .storage: 256, .fcHost: 512, .vports: 1024, .scsiGeneric: 2048, .drm: 4096, .mdevTypes: 8192, .mdev: 16384,
        ]
        for (capability, bit) in bits { #expect(capability.flag == bit, "\(capability)") }
    }

    @Test(arguments: ["", "0000:00:02", "0000:00:20.0", "0000:00:02.8", "x:00:02.0", "0000:100:02.0"])
    func `What is no place on the bus is none`(text: String) { #expect(PCIPlace(text) == nil) }

    @Test
    func `Names have letters, digits and lines`() {
        #expect(NodeDevice.name(["usb", "1-2.3:1.0"]) == "usb_1_2_3_1_0")
        #expect(PCIPlace("0000:0a:1f.7")?.description == "0000:0a:1f.7")
    }
}
