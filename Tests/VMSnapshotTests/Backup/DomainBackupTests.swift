import Testing
import VMCore
import VMDomain
import VMSnapshot
import VMXML

@Suite("Documents of backups")
struct DomainBackupTests {
    static let pull = """
        <domainbackup mode='pull'>
          <incremental>one</incremental>
          <server transport='unix' socket='/run/nbd.sock'/>
          <disks>
            <disk name='vda' backup='yes' type='file' backupmode='incremental' incremental='one' exportname='a' exportbitmap='b' index='4'>
              <driver type='qcow2'/>
              <scratch file='/images/scratch'/>
            </disk>
            <disk name='vdb' backup='no'/>
          </disks>
        </domainbackup>

        """
    static let push = """
        <domainbackup mode='push'>
          <disks>
            <disk name='vda' backup='yes' type='block' backupmode='full'>
              <driver type='raw'/>
              <target dev='/dev/sdb'/>
            </disk>
          </disks>
        </domainbackup>

        """

    @Test("a document is written as libvirt lays it out, and is what was read", arguments: [pull, push])
    func roundTrip(text: String) throws {
        let backup = try DomainBackup.checked(Array(text.utf8))
        #expect(backup.xml == text)
    }

    @Test("what has its place elsewhere isn't taken")
    func places() throws {
        let backup = try DomainBackup.checked(Array(Self.pull.utf8))
        #expect(backup.isPull && backup.included.map(\.name) == ["vda"])
        #expect(backup.disks[0].scratch?.file == "/images/scratch" && backup.disks[0].target == nil)
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ("<domainbackup mode='pull'/>", "needs a <server>"),
            ("<domainbackup><server port='1'/></domainbackup>", "requires pull mode"),
            ("<domainbackup><disks><disk/></disks></domainbackup>", "name"),
            (
                "<domainbackup><disks><disk name='a' type='file'><scratch file='/x'/></disk></disks></domainbackup>",
                "<scratch>"
            ),
            (
                "<domainbackup><disks><disk name='a' type='file'><target file='x'/></disk></disks></domainbackup>",
                "absolute"
            ),
            (
                "<domainbackup><disks><disk name='a' type='network'><target/></disk></disks></domainbackup>", ""
            ),
            ("<domainbackup><disks><disk name='a' exportname='x'/></disks></domainbackup>", "pull mode"),
            (
                "<domainbackup><disks><disk name='a' backupmode='full' incremental='x'/></disks></domainbackup>", "full"
            ),
            (
                "<domainbackup mode='pull'><server transport='unix' socket='x'/></domainbackup>", "absolute"
            ),
            ("<domainbackup mode='pull'><server transport='unix'/></domainbackup>", "socket"),
            ("<domainbackup mode='sideways'/>", "sideways"),
        ])
    func refusals(text: String, words: String) {
        let error = #expect(throws: VMError.self) { try DomainBackup.checked(Array(text.utf8)) }
        #expect(words.isEmpty || error?.message.contains(words) == true || error?.diagnostics.isEmpty == false)
    }
}
