import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore

@testable import VMManager

@Suite("What the host is")
struct HostTests {
    /// A folder that stands for `/`.
    private func root(_ files: [String: String]) throws -> String {
        let root = NSTemporaryDirectory() + "vmctl-host-" + String(UInt64.random(in: 0...(.max)), radix: 36)
        for (name, text) in files {
            let path = root + name
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
        return root
    }

    @Test("SMBIOS: libvirt's elements and names, the first line of each file, what can't be read left out")
    func system() throws {
        let root = try root([
            "/sys/class/dmi/id/bios_vendor": "SeaBIOS\n", "/sys/class/dmi/id/bios_date": "04/01/2014\n",
            "/sys/class/dmi/id/product_name": "Box <1> & 'co'\nmore\n", "/sys/class/dmi/id/board_asset_tag": "\n",
            "/sys/class/dmi/id/chassis_vendor": "Maker\n",
        ])
        defer { try? FileManager.default.removeItem(atPath: root) }
        let information = try SystemInformation(root: root)
        #expect(information.tables.map(\.element) == ["bios", "system", "chassis"])
        #expect(
            information.xml == """
                <sysinfo type='smbios'>
                  <bios>
                    <entry name='vendor'>SeaBIOS</entry>
                    <entry name='date'>04/01/2014</entry>
                  </bios>
                  <system>
                    <entry name='product'>Box &lt;1&gt; &amp; &apos;co&apos;</entry>
                  </system>
                  <chassis>
                    <entry name='manufacturer'>Maker</entry>
                  </chassis>
                </sysinfo>

                """)
        let error = #expect(throws: VMError.self) { try SystemInformation(root: root + "/nothing") }
        #expect(error?.code == .unsupported)
    }

    @Test("nodeinfo: processors, and sockets of each node, from a host of two nodes with two sockets of two cores")
    func node() throws {
        var files = [
            "/sys/devices/system/node/node0/meminfo": "Node 0 MemTotal:       1000 kB\n",
            "/sys/devices/system/node/node1/meminfo": "Node 1 MemTotal:        500 kB\n",
        ]
        for cpu in 0..<8 {
            let folder = "/sys/devices/system/cpu/cpu\(cpu)/topology"
            files[folder + "/physical_package_id"] = "\(cpu / 4)\n"
            files[folder + "/core_id"] = "\(cpu / 2 % 2)\n"
            files["/sys/devices/system/node/node\(cpu / 4)/cpu\(cpu)/online"] = "1\n"
        }
        let root = try root(files)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let host = NodeInformation(HostDescription(root: root), frequency: "2394.974")
        #expect(host.memoryKiB == 1500 && host.processors == 8 && host.nodes == 2)
        #expect(host.sockets == 1 && host.cores == 2 && host.threads == 2)
        #expect(host.frequency == 2394)
    }

    @Test("A clock that can't be is 0 MHz", arguments: [nil, "", "fast", "-1", "0", "1e7", "nan", "inf"])
    func frequency(_ text: String?) {
        #expect(NodeInformation(HostDescription(), frequency: text).frequency == 0)
    }

    @Test(
        "Versions as libvirt counts them",
        arguments: [
            ("7.2.22", 7_002_022), ("10.0.0", 10_000_000), ("9.1", 9_001_000), ("8", 8_000_000), ("", 0),
            ("7.2.rc1", 7_002_000), ("7.2.5-debian", 7_002_005), ("1.2.3.4", 1_002_003), ("-1.2.3", 2_003),
        ])
    func versions(_ text: String, _ number: UInt64) { #expect(LibvirtVersion.number(text) == number) }

    @Test("The emulator: the one that is named goes before the architecture's; without an architecture the host's own")
    func emulator() throws {
        let manager = VMManager(paths: UserPaths(root: "/nowhere"))
        #expect(try manager.emulator("/opt/qemu", architecture: "s390x") == "/opt/qemu")
        let error = #expect(throws: VMError.self) { try manager.emulator(architecture: "vax") }
        #expect(error?.message == "unable to find any emulator to serve 'vax' architecture")
    }

    @Test("This host's own figures", .enabled(if: Bench.hasQEMU, "needs QEMU"))
    func own() throws {
        let host = NodeInformation.current()
        #expect(host.processors > 0 && host.memoryKiB > 1000 && host.nodes > 0)
        #expect(!VMManager.hostName.isEmpty && VMManager.uri.hasPrefix("qemu:///"))
        let bench = try Bench()
        #expect(try bench.manager.maximumProcessors() >= 255)
        let capabilities = try bench.manager.hostCapabilities(emulator: Bench.qemu)
        #expect(capabilities.guests.map(\.emulator) == [Bench.qemu])
        let other = #expect(throws: VMError.self) {
            try bench.manager.domainCapabilities(emulator: Bench.qemu, architecture: "s390x")
        }
        #expect(other?.code == .invalidArgument)
    }
}
