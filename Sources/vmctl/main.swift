internal import VMCommands
