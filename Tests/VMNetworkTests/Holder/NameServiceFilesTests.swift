import Foundation
import Testing
import VMCore
import VMJSON

@testable import VMNetwork

@Suite("Files for the C library's names")
struct NameServiceFilesTests {
    @Test("hold leases with cards and the machines that have these, for everybody to read, and go with the network")
    func contents() throws {
        let folder = NSTemporaryDirectory() + "vmctl-names-\(UInt32.random(in: 0 ... .max))"
        defer { Folders.removeTree(folder) }
        let files = NameServiceFiles(bridge: "virbr0", folder: folder)
        let lines = """
            4102444800 52:54:00:00:00:01 192.168.77.10 web *
            4102444800 * 192.168.77.11 nobody *
            duid 00:01
            4102444800 77 fd00::5 web 00:01:00:01
            """
        let leases = LeaseFile.parse(Array(lines.utf8), now: 0)
        let mac = try #require(MACAddress("52:54:00:00:00:01"))
        try files.write(leases, machines: ["shop": [mac], "a": []])
        let status = try JSONParser.parse(Files.read(folder + "/vmctl_virbr0.status"))
        #expect(
            status == [
                [
                    "ip-address": "192.168.77.10", "mac-address": "52:54:00:00:00:01", "expiry-time": 4_102_444_800,
                    "hostname": "web",
                ]
            ])
        let cards = try JSONParser.parse(Files.read(folder + "/vmctl_virbr0.macs"))
        #expect(cards == [["domain": "a", "macs": []], ["domain": "shop", "macs": ["52:54:00:00:00:01"]]])
        for name in ["status", "macs"] {
            var status = stat()
            #expect(stat("\(folder)/vmctl_virbr0.\(name)", &status) == 0 && status.st_mode & 0o777 == 0o644)
        }
        files.remove()
        #expect(try Folders.list(folder).isEmpty)
    }
}
