import Testing
import VMCore
import VMDomain

@testable import QEMULauncher

@Suite struct FilesystemTagTests {
    private func filesystem(_ driver: String, _ folder: String, _ tag: String) throws -> Devices {
        let xml =
            "<filesystem type='mount'>\(driver)<source dir='\(folder)'/><target dir='\(tag)'/></filesystem>"
        return try DeviceDocument.read(Array(xml.utf8), file: "device.xml")
    }

    @Test(
        "a second file system of one tag is refused, and the tag's holder named",
        arguments: ["<driver type='virtiofs'/>", "<driver type='path'/>", ""])
    func sameTag(driver: String) throws {
        var domain = Domain()
        try domain.append(filesystem("<driver type='virtiofs'/>", "/srv/first", "share"))
        let error = #expect(throws: VMError.self) { try domain.append(filesystem(driver, "/srv/second", "share")) }
        #expect(error?.code == .exists)
        #expect(error?.message.contains("the tag 'share' is that of the file system '/srv/first'") == true)
        try domain.append(filesystem(driver, "/srv/second", "other"))
        #expect(domain.devices.filesystems.count == 2)
    }
}
