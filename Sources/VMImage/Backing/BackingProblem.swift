package import VMCore

/// What keeps an image from building on the images below it.
package enum BackingProblem: Sendable {
    /// `image` names `backing` (spelled `name`) without its format, so that the guest would decide what it is.
    case undeclaredFormat(image: String, backing: String, name: String)
    /// `image` declares `backing` to be in another format than the one it is in.
    case wrongFormat(image: String, backing: String, name: String, declared: ImageFormat, found: ImageFormat)
    /// `image` builds on something that is no file of this host, such as `nbd://…`, and names it itself.
    case elsewhere(image: String, name: String)
    /// `image` builds on `backing`, which lies elsewhere, isn't for everybody to read, and is named by the image alone.
    case outside(image: String, backing: String, name: String)
    /// `image` keeps its data in another file, which it names itself.
    case dataFile(image: String, name: String)
    /// `image`, a VMware one, keeps its data in a file that isn't named after it.
    case foreignExtent(image: String, name: String)
    /// The image below can't be opened.
    case inaccessible(VMError)
    /// The image can't be read, or its header makes no sense.
    case damaged(VMError)
    /// The chain that begins with `first` comes back to an image that is in it already.
    case loop(first: String, at: String)
    /// The chain that begins with `first` has more images below it than are followed.
    case tooLong(first: String, limit: Int)

    /// The problem in words.
    package var error: VMError {
        switch self {
        case .undeclaredFormat(let image, let backing, let name):
            VMError(
                .invalidArgument, "the format of the backing image '\(backing)' of image '\(image)' is not declared",
                remedy: "write it into the image: qemu-img rebase -u -b '\(name)' -F FORMAT '\(image)'")
        case .wrongFormat(let image, let backing, let name, let declared, let found):
            VMError(
                .invalidArgument,
                "the backing image '\(backing)' of image '\(image)' is not in \(declared.rawValue) format",
                remedy: found == .raw
                    ? nil
                    : "it is in \(found.rawValue) format: "
                        + "qemu-img rebase -u -b '\(name)' -F \(found.rawValue) '\(image)'")
        case .elsewhere(let image, let name):
            VMError(
                .invalidArgument, "image '\(image)' builds on '\(name)', which is no file of this host",
                remedy: "an image must not choose what is opened: describe it in <backingStore> if that is wanted, or "
                    + "give the image another one with 'qemu-img rebase -u'")
        case .outside(let image, let backing, _):
            VMError(
                .invalidArgument,
                "image '\(image)' builds on '\(backing)', which lies outside of the image's folder and isn't for "
                    + "everybody to read",
                remedy: "an image must not choose what root opens: declare it with <backingStore> in the disk, keep it "
                    + "in '\(Files.folder(of: image))' or below, or give the image another one with 'qemu-img rebase -u'"
            )
        case .dataFile(let image, let name):
            VMError(
                .invalidArgument, "image '\(image)' keeps its data in another file, '\(name)'",
                remedy: "an image must not choose what is opened: name the file in <source>'s <dataStore> if that is "
                    + "wanted, or convert the image with 'qemu-img convert'")
        case .foreignExtent(let image, let name):
            VMError(
                .invalidArgument, "image '\(image)' keeps its data in '\(name)', which isn't named after it",
                remedy:
                    "an image must not choose what is opened: convert it with 'qemu-img convert', or give its files "
                    + "names that begin with its own")
        case .inaccessible(let error), .damaged(let error): error
        case .loop(let first, let place):
            VMError(
                .invalidArgument, "the backing chain of image '\(first)' comes back to '\(place)'",
                remedy: "give one of its images another backing file with 'qemu-img rebase -u'")
        case .tooLong(let first, let limit):
            VMError(
                .invalidArgument, "the backing chain of image '\(first)' is longer than \(limit) images",
                remedy: "shorten it with 'qemu-img commit' or 'qemu-img rebase'")
        }
    }
}
