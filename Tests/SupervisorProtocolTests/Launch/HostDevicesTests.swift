import Testing
import VMDomain
import VMXML

@testable import SupervisorProtocol

struct HostDevicesTests {
    @Test
    func `A domain's devices of the host are found wherever they stand, lower images included`() throws {
        func address(_ bus: Int) -> String { "<address domain='0' bus='\(bus)' slot='0' function='0'/>" }
        let domain = try Domain.read(
            Array(
                """
                <domain type='qemu'><name>d</name><memory>1</memory><os><type>hvm</type></os><devices>
                <hostdev mode='subsystem' type='pci' managed='yes'><source>\(address(1))</source></hostdev>
                <hostdev mode='subsystem' type='usb' managed='yes'><source><vendor id='1'/><product id='2'/></source></hostdev>
                <interface type='hostdev'><source><address type='pci' domain='0' bus='2' slot='0' function='0'/></source></interface>
                <disk type='file'><driver type='qcow2'/><source file='/top'/><backingStore type='nvme'><format type='raw'/>
                <source type='pci' managed='yes' namespace='1'>\(address(3))</source></backingStore><target dev='vda'/></disk>
                <disk type='nvme'><driver type='raw'/><source type='pci' managed='no' namespace='1'>\(address(4))</source>
                <target dev='vdb'/></disk></devices></domain>
                """.utf8)
        ).checked()
        #expect(
            domain.hostPCIDevices.map(\.address) == ["0000:01:00.0", "0000:02:00.0", "0000:03:00.0", "0000:04:00.0"])
        #expect(domain.hostPCIDevices.map(\.isManaged) == [true, false, true, false])
    }
}
