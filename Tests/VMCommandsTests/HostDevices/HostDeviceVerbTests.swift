import Testing
import VMCore
import VMHost
import VMJSON

@testable import VMCommands

struct HostDeviceVerbTests {
    private let program = Program()

    @Test
    func `The host's devices are listed and told of`() throws {
        let list = program.run("nodedev-list")
        #expect(list.status == 0 && list.output.contains("computer\n") && list.output.contains("net_lo_"))
        let nets = program.run("nodedev-list", "--cap", "net,system", "--output", "json").json.array ?? []
        #expect(nets.count > 1 && nets.contains { $0["name"]?.string == "computer" })
        #expect(program.run("nodedev-list", "--inactive").output.isEmpty)
        let odd = program.run("nodedev-list", "--cap", "nett")
        #expect(odd.status == 2 && odd.errors.contains("did you mean 'net'?"), "\(odd.errors)")
        let name = try #require(nets.compactMap { $0["name"]?.string }.first { $0.hasPrefix("net_lo_") })
        #expect(program.run("nodedev-dumpxml", name).output.contains("<interface>lo</interface>"))
        #expect(program.run("nodedev-info", name).output.contains("Parent:"))
        #expect(program.run("nodedev-dumpxml", "no").errors.contains("no node device with matching name 'no'"))
        let refused = program.run("nodedev-detach", name)
        #expect(refused.status != 0 && refused.errors.contains("not a PCI device"), "\(refused.errors)")
    }

    @Test
    func `A tree is drawn as virsh draws it`() {
        func device(_ name: String, _ parent: String?) -> NodeDevice {
            var device = NodeDevices(root: "/nowhere").devices[0]
            (device.name, device.parent) = (name, parent)
            return device
        }
        let devices = [
            device("computer", nil), device("a", "computer"), device("a1", "a"), device("a2", "a"),
            device("b", "computer"),
        ]
        let lines = [
            "computer", "  |", "  +- a", "  |   |", "  |   +- a1", "  |   +- a2", "  |     ", "  +- b", "    ",
        ]
        #expect(DeviceTree(devices).text == lines.map { $0 + "\n" }.joined())
    }

    @Test
    func `The host's interfaces are listed and told of`() throws {
        let list = program.run("iface-list", "--all", "--output", "json").json.array ?? []
        #expect(list.contains { $0["name"]?.string == "lo" })
        #expect(program.run("iface-dumpxml", "lo").output.contains("<interface type='ethernet' name='lo'>"))
        #expect(program.run("iface-mac", "lo").output == "00:00:00:00:00:00\n")
        #expect(program.run("iface-mac", "no").errors.contains("couldn't find interface named 'no'"))
        #expect(program.run("iface-name", "52:54:00:99:99:99").errors.contains("with MAC address"))
    }
}
