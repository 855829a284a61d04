"""The error texts of scripts, worded as Redis words them."""

from __future__ import annotations

NOT_INSTALLED = b"ERR scripts need the extra 'lua': pip install \"stubredis[lua]\""
NO_SCRIPT = b"NOSCRIPT No matching script. Please use EVAL."
BUSY_SCRIPT = b"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
BUSY_FUNCTION = b"BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
NOT_BUSY = b"NOTBUSY No scripts in execution right now."
UNKILLABLE = (
    b"UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script "
    b"termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
)
KILLED = b"ERR Script killed by user with SCRIPT KILL... script: %b%b."

NO_ARGUMENTS = b"ERR Please specify at least one argument for this redis lib call"
BAD_ARGUMENTS = b"ERR Lua redis lib command arguments must be strings or integers"
UNKNOWN_COMMAND = b"ERR Unknown Redis command called from script"
WRONG_COUNT = b"ERR Wrong number of args calling Redis command from script"
NOT_ALLOWED = b"ERR This Redis command is not allowed from script"
DENIED = b"ERR ACL failure in script: "
READ_ONLY = b"ERR Write commands are not allowed from read-only scripts."
INTERNAL = b"ERR internal error"
NO_MEMORY = b"ERR not enough memory"
